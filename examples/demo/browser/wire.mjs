// The messages, their fields and their bytes.

import assert from "node:assert/strict";

const unhex = (hex) => Uint8Array.from(hex, (h) => parseInt(h, 16));

export const wire = {
  async "a request is shown field by field beside its bytes"(hand) {
    await hand.do({ op: "emit", to: "news, sport", except: "vip", event: "headline", args: '"rain", 3' });
    const { channel, fields, notes, hex, size } = await hand.request("broadcast headline · news, sport but not vip");
    assert.equal(channel, "socket.io-request#/#");
    const { node_id, id, ...rest } = fields;
    assert.match(node_id, /^"[\w-]{16}"$/);
    assert.match(id, /^"[\w-]{16}"$/);
    assert.deepEqual(rest, {
      type: "0", "packet.ns": '"/"', "packet.type": "2", "data.kind": "0", "data.bytes": '["headline","rain",3]',
      "data.attachments": "null", "packet.ack": "null", "packet.error": "null", rooms: "null",
      "opts.flags": "2", "opts.rooms.0": '"news"', "opts.rooms.1": '"sport"', "opts.except.0": '"vip"', "opts.sid": "null", "opts.server_id": "null",
    });
    assert.equal(notes.type, "broadcast");
    assert.equal(notes["opts.flags"], "broadcast");
    const bytes = unhex(hex);
    assert.equal(bytes.length, size);
    const text = '["headline","rain",3]';
    const ascii = (s) => Array.from(s, (c) => c.charCodeAt(0));
    const want = [
      0x96, 0xb0, ...ascii(JSON.parse(node_id)), 0xb0, ...ascii(JSON.parse(id)), 0,
      0x95, 0xa1, 0x2f, 2, 0x93, 0, 0xc4, text.length, ...ascii(text), 0xc0, 0xc0, 0xc0,
      0xc0, 0x95, 2, 0x92, 0xa4, ...ascii("news"), 0xa5, ...ascii("sport"), 0x91, 0xa3, ...ascii("vip"), 0xc0, 0xc0,
    ];
    assert.deepEqual(Array.from(bytes), want);
    await hand.clear();
  },

  async "a field and its bytes light up together"(hand) {
    await hand.do({ op: "join", to: "nobody is here", rooms: "vip" });
    await hand.request("join · nobody is here");
    const row = hand.page.locator("#detail .row", { hasText: "rooms.0" }).first();
    await row.hover();
    const part = await row.getAttribute("data-part");
    const lit = async (column) => (await hand.page.locator(`#detail .${column} .lit`).allTextContents()).join("");
    assert.equal(await lit("hex"), "a3 76 69 70 ");
    assert.equal(await lit("ascii"), "·vip");
    await hand.page.locator(`#detail .hex [data-part="${part}"]`).first().hover();
    assert.equal(await row.evaluate((e) => e.classList.contains("lit")), true);
    await hand.page.locator("h1").hover();
    assert.equal(await hand.page.locator("#detail .lit").count(), 0);
    await hand.clear();
  },

  async "binaries and the msgpack parser"(hand) {
    await hand.do({ op: "emit", event: "image", bytes: "ca fe" });
    const common = await hand.request("broadcast image");
    assert.equal(common.fields["packet.type"], "5");
    assert.equal(common.fields["data.attachments.0"], "<ca fe>");
    await hand.do({ op: "emit", cluster: "msgpack", event: "photo", bytes: "ca fe" });
    const packed = await hand.request("broadcast photo");
    assert.equal(packed.channel, "msgpack-request#/#");
    assert.equal(packed.fields["data.bytes"], '["photo",<ca fe>]');
    assert.equal(packed.notes["data.kind"], "binary, of the msgpack parser");
    await hand.clear();
  },

  async "questions and answers by name; the keyboard chooses"(hand) {
    await hand.do({ op: "ask", to: "news", timeout: 3000, event: "who?" });
    const asked = await hand.request("broadcast with ack who?");
    assert.equal(asked.fields.ack_timeout_ms, "3000");
    for (const text of ["ack ida from A", "ack jan from B", "ack count 1 from A", "ack count 1 from B"]) {
      await hand.page.locator("#messages .response", { hasText: text }).waitFor();
    }
    await hand.page.locator("#messages").focus();
    await hand.page.keyboard.press("Home");
    const chosen = () => hand.page.locator("#messages [aria-selected=true]");
    assert.equal(await chosen().getAttribute("class"), "response");
    const first = await chosen().getAttribute("id");
    assert.equal(await hand.page.locator("#messages").getAttribute("aria-activedescendant"), first);
    assert.match(await hand.page.locator("#detail .channel").textContent(), /^socket\.io-response#/);
    await hand.page.keyboard.press("ArrowDown");
    assert.notEqual(await chosen().getAttribute("id"), first);
    await hand.page.keyboard.press("End");
    assert.equal(await chosen().getAttribute("class"), "request");
    await hand.clear();
  },

  async "the page's own questions are shown only on request"(hand) {
    await hand.do({ op: "join", to: "sport", rooms: "sport" }); // moves nobody, but the page asks
    const own = hand.page.locator("#messages .request", { hasText: "rooms of kim" });
    await hand.page.getByLabel("the page’s own questions too").check();
    await own.first().waitFor();
    await hand.page.getByLabel("the page’s own questions too").uncheck();
    assert.equal(await own.count(), 0);
    await hand.clear();
  },
};
