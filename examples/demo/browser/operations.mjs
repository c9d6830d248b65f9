// Every operation by the form, and what each client shows of it.

import assert from "node:assert/strict";

const done = (code, ...lines) => ({ code, ok: true, lines });

export const operations = {
  async "a preset reaches its room and nobody else"(hand) {
    const answer = await hand.after(() => hand.page.getByRole("button", { name: "Headline to news" }).click());
    assert.deepEqual(answer, done('err := io.To("news").Emit(ctx, "headline", "rain", 3)'));
    await hand.hears({ ida: ['headline "rain" 3'], jan: ['headline "rain" 3'] });
  },

  async "emit with except, volatile and a binary"(hand) {
    const answer = await hand.do({ op: "emit", except: "news", event: "image", args: 'true, {"a": [null]}', bytes: "cafe 00", check: ["volatile"] });
    assert.deepEqual(answer, done('err := io.Volatile().Except("news").Emit(ctx, "image", true, map[string]any{"a": []any{nil}}, []byte{0xca, 0xfe, 0x00})'));
    const seen = ["image true {a: [null]} <ca fe 00>"];
    await hand.hears({ kim: seen, lea: seen });
  },

  async "emit in a namespace"(hand) {
    assert.deepEqual(await hand.do({ op: "emit", ns: "admin", event: "audit" }), done('err := io.Of("admin").Emit(ctx, "audit")'));
    await hand.hears({ max: ["audit "] });
  },

  async "emit to the msgpack cluster"(hand) {
    const answer = await hand.do({ op: "emit", cluster: "msgpack", to: "sport, news", event: "photo", args: '"ü", -1, 1.5, 70000, -40000', bytes: "00ff" });
    assert.equal(answer.code, 'err := packed.To("sport", "news").Emit(ctx, "photo", "ü", -1, 1.5, 70000, -40000, []byte{0x00, 0xff})');
    const seen = ['photo "ü" -1 1.5 70000 -40000 <00 ff>'];
    await hand.hears({ nia: seen, oto: seen });
  },

  async "emit to one socket, to all but one, to one server"(hand) {
    const id = await hand.socket("kim");
    assert.deepEqual(await hand.do({ op: "emit", socket: id, event: "you" }), done(`err := io.ToSocket("${id}").Emit(ctx, "you")`));
    await hand.hears({ kim: ["you "] });
    assert.deepEqual(await hand.do({ op: "emit", except_socket: id, event: "others" }), done(`err := io.ExceptSocket("${id}").Emit(ctx, "others")`));
    await hand.hears({ ida: ["others "], jan: ["others "], lea: ["others "] });
    const { B } = hand.servers;
    assert.deepEqual(await hand.do({ op: "emit", server: B, event: "there" }), done(`err := io.ToServer("${B}").Emit(ctx, "there")`));
    await hand.hears({ jan: ["there "], lea: ["there "] });
  },

  async "what arrives is text, never markup"(hand) {
    const evil = '<img src=x onerror="document.title=1">';
    const answer = await hand.do({ op: "emit", to: "news", event: evil, args: JSON.stringify(evil) });
    assert.equal(answer.ok, true);
    const seen = [`${evil} ${JSON.stringify(evil)}`];
    await hand.hears({ ida: seen, jan: seen });
    assert.equal(await hand.page.locator("main img").count(), 0);
    assert.equal(await hand.page.title(), "emitter · demo");
  },

  async "emit with ack shows each answer"(hand) {
    await hand.card("kim").getByRole("combobox").selectOption("no");
    const answer = await hand.do({ op: "ask", to: "news, sport", event: "lunch?", args: '"12:30"' });
    assert.equal(answer.code, 'acks, err := io.To("news", "sport").EmitWithAck(ctx, "lunch?", "12:30")');
    assert.deepEqual(answer.lines.sort(), ['ida on A "yes"', 'jan on B "no"', 'kim on A "no"']);
    const seen = ['lunch? "12:30"answered'];
    await hand.hears({ ida: seen, jan: seen, kim: seen });
    await hand.card("kim").getByRole("combobox").selectOption("yes");
  },

  async "a client that stays silent is named"(hand) {
    const id = await hand.socket("lea");
    const answer = await hand.do({ op: "ask", socket: id, timeout: 200, event: "hello?" });
    assert.equal(answer.code, `acks, err := io.ToSocket("${id}").Timeout(200*time.Millisecond).EmitWithAck(ctx, "hello?")`);
    assert.equal(answer.lines.length, 1);
    assert.match(answer.lines[0], /^lea on B .*answer/);
    await hand.hears({ lea: ["hello? no answer"] });
  },

  async "ack with msgpack"(hand) {
    const answer = await hand.do({ op: "ask", cluster: "msgpack", event: "q" });
    assert.deepEqual(answer.lines.sort(), ['nia on C "yes"', 'oto on D "yes"']);
    await hand.hears({ nia: ["q answered"], oto: ["q answered"] });
  },

  async "join and leave move the clients"(hand) {
    assert.deepEqual(await hand.do({ op: "join", to: "sport", rooms: "vip, a room" }), done('err := io.To("sport").Join(ctx, "vip", "a room")'));
    await hand.rooms({ ida: ["news"], jan: ["a room", "news", "sport", "vip"], kim: ["a room", "sport", "vip"], lea: [], oto: ["sport"] });
    await hand.do({ op: "emit", to: "a room", event: "in" });
    await hand.hears({ jan: ["in "], kim: ["in "] });
    assert.deepEqual(await hand.do({ op: "leave", server: hand.servers.B, rooms: "vip" }), done(`err := io.ToServer("${hand.servers.B}").Leave(ctx, "vip")`));
    await hand.rooms({ jan: ["a room", "news", "sport"], kim: ["a room", "sport", "vip"] });
    await hand.do({ op: "leave", rooms: "vip, a room" });
    await hand.home();
    await hand.hears({});
  },

  async "sockets, rooms, servers, sync"(hand) {
    const sockets = await hand.do({ op: "sockets", to: "news" });
    assert.equal(sockets.code, 'sockets, err := io.To("news").Sockets(ctx)');
    assert.deepEqual(sockets.lines.map((l) => l.split(" · ").sort()), [["ida on A", "jan on B"]]);
    assert.deepEqual(await hand.do({ op: "rooms", except: "ops" }), done('rooms, err := io.Except("ops").Rooms(ctx)', "news · sport"));
    const servers = await hand.do({ op: "servers", cluster: "msgpack", timeout: 2000 });
    assert.equal(servers.code, "servers, err := packed.Timeout(2*time.Second).Servers(ctx)");
    assert.deepEqual(servers.lines[0].match(/[A-Z](?= )/g).sort(), ["C", "D"]);
    assert.deepEqual(await hand.do({ op: "sync" }), done("err := io.Sync(ctx)"));
    await hand.hears({});
  },

  async "batches, at every pace"(hand) {
    for (const { mode, count, option, ...more } of [
      // No more at once than a client's queue holds, but acknowledged.
      { mode: "plain", count: 100, option: "" },
      { mode: "window", count: 100, window: 20, option: ", emitter.Window(20)" },
      { mode: "rate", count: 100, rate: 4000, option: ", emitter.Rate(4000)" },
      { mode: "acked", count: 1000, option: ", emitter.Acked()" },
    ]) {
      const answer = await hand.do({ op: "batch", to: "sport", event: "price", args: '"ACME"', mode, count, ...more });
      assert.equal(answer.code, `batch := emitter.NewBatch(driver${option})\nfor i := range ${count} {\n\tio.Via(batch).To("sport").Emit(ctx, "price", "ACME", i)\n}\nerr := batch.Flush(ctx)`);
      const shown = count.toLocaleString("en");
      assert.match(answer.lines[0], new RegExp(`^${shown} events, [\\d,]+ a second$`));
      for (const name of ["jan", "kim"]) await hand.card(name).locator(".count", { hasText: `${shown} events` }).waitFor();
      const last = Array.from({ length: 4 }, (_, i) => `price "ACME" ${count - 4 + i}`); // and two markers
      if (mode === "acked") last[3] += "answered";
      await hand.hears({ jan: last, kim: last });
    }
  },

  async "a disconnected client says so and comes back"(hand) {
    assert.deepEqual(await hand.do({ op: "disconnect", to: "sport" }), done('err := io.To("sport").Disconnect(ctx)'));
    for (const name of ["jan", "kim"]) await hand.card(name).getByText("disconnected by the server").waitFor();
    await hand.rooms({ ida: ["news"], jan: [], kim: [], oto: ["sport"] });
    await hand.do({ op: "emit", event: "left" });
    await hand.hears({ ida: ["left "], lea: ["left "] });
    for (const name of ["jan", "kim"]) await hand.card(name).getByRole("button", { name: "Connect" }).click();
    await hand.home();
    await hand.clear();
  },

  async "what is refused is explained, and not sent"(hand) {
    const reserved = await hand.do({ op: "emit", event: "connect" });
    assert.equal(reserved.ok, false);
    assert.match(reserved.lines[0], /connect.*reserved.*Nothing was sent\.$/);
    await hand.fill({ op: "emit", event: "e", args: "{" });
    await hand.page.getByRole("button", { name: "Send", exact: true }).click();
    await hand.page.getByRole("alert").getByText("Arguments are JSON values").waitFor();
    assert.equal(await hand.page.locator("#args").getAttribute("aria-invalid"), "true");
    assert.equal(await hand.page.evaluate(() => document.activeElement.id), "args");
    await hand.page.locator("#args").fill("1");
    assert.equal(await hand.page.locator("#args").getAttribute("aria-invalid"), null);
    await hand.hears({});
  },
};
