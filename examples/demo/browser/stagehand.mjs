// What a visitor does with the page and sees on it.

import assert from "node:assert/strict";

export class Stagehand {
  #marker = 0;

  constructor(page, scene) {
    this.page = page;
    this.scene = scene;
    this.servers = Object.fromEntries(scene.clusters.flatMap((c) => c.servers.map((s) => [s.letter, s.id])));
  }

  static async enter(page, url) {
    const scene = await (await fetch(`${url}/api/scene`)).json();
    await page.goto(url);
    const hand = new Stagehand(page, scene);
    await hand.home();
    return hand;
  }

  // home waits until every client is in its first rooms.
  async home() {
    await this.rooms({ ida: ["news"], jan: ["news", "sport"], kim: ["sport"], lea: [], max: ["ops"], nia: ["news"], oto: ["sport"] });
    await this.page.waitForFunction(() => document.querySelectorAll("#socket option").length === 5); // any, and four in /
  }

  card(name) {
    return this.page.locator(`[data-client=${name}]`);
  }

  // rooms waits until the cards show these, and no others.
  async rooms(want) {
    await this.page.waitForFunction((want) => {
      return Object.entries(want).every(([name, rooms]) => {
        const chips = document.querySelectorAll(`[data-client=${name}] .chip`);
        return JSON.stringify(Array.from(chips, (c) => c.textContent)) === JSON.stringify(rooms);
      });
    }, want);
  }

  // fill sets the form's fields and leaves the others empty.
  async fill({ op, check = [], ...values }) {
    await this.reset();
    await this.page.locator(`#ops input[value=${op}]`).check({ force: true });
    if (values.cluster) await this.page.locator("#cluster").selectOption(values.cluster);
    for (const [id, value] of Object.entries(values)) {
      const field = this.page.locator(`#${id}`);
      if (await field.evaluate((e) => e.tagName === "SELECT")) await field.selectOption(value);
      else await field.fill(String(value));
    }
    for (const id of check) await this.page.locator(`#${id}`).check();
  }

  async reset() {
    await this.page.evaluate(() => {
      const form = document.getElementById("form");
      form.reset();
      for (const id of ["args", "event", "rooms"]) document.getElementById(id).value = "";
      form.dispatchEvent(new Event("input"));
    });
  }

  // send presses the button and returns the answer: its Go, its state, its lines.
  async send() {
    return this.after(() => this.page.getByRole("button", { name: "Send", exact: true }).click());
  }

  // after does what begins an operation and waits for its end.
  async after(act) {
    await this.page.evaluate(() => document.querySelectorAll("#answers .answer").forEach((e) => e.classList.add("old")));
    await act();
    const entry = this.page.locator("#answers .answer:not(.old)").first();
    await entry.and(this.page.locator(".done, .error")).waitFor();
    return entry.evaluate((e) => ({
      code: e.querySelector("code").textContent,
      ok: e.classList.contains("done"),
      lines: Array.from(e.querySelectorAll("li"), (li) => li.textContent),
    }));
  }

  async do(fields) {
    await this.fill(fields);
    return this.send();
  }

  // hears checks what every client shows of what happened since the last time; who is
  // not named shows nothing. Markers follow on every channel, so that nothing can
  // still be on its way.
  async hears(want) {
    const n = ++this.#marker;
    const channels = [];
    for (const { parser, servers } of this.scene.clusters) {
      for (const ns of parser === "common" ? ["/", "/admin"] : ["/"]) {
        for (const server of ["", ...servers.map((s) => s.id)]) channels.push({ cluster: parser, ns, server });
      }
    }
    await this.page.evaluate(async ({ channels, n }) => {
      const { run } = await import("/api.mjs");
      for (const c of channels) {
        const { type, error } = await run({ ...c, op: "emit", event: "marker", args: [n, c.server ? "own" : "all"], own: true });
        if (type !== "done") throw new Error(error);
      }
    }, { channels, n });
    await this.page.waitForFunction((n) => {
      return Array.from(document.querySelectorAll(".card:not(.out) .log")).every((log) => {
        const shown = Array.from(log.children, (li) => li.textContent);
        return shown.includes(`marker ${n} "all"`) && shown.includes(`marker ${n} "own"`);
      });
    }, n);
    const heard = await this.page.evaluate(() => Object.fromEntries(
      Array.from(document.querySelectorAll(".card"), (card) => [
        card.dataset.client,
        Array.from(card.querySelectorAll(".log li:not([data-event=marker])"), (li) => li.textContent),
      ]),
    ));
    const all = Object.fromEntries(Object.keys(heard).map((name) => [name, want[name] ?? []]));
    assert.deepEqual(heard, all);
    await this.clear();
  }

  // clear empties the cards and the wire.
  async clear() {
    await this.page.getByRole("button", { name: "Clear" }).click();
    await this.page.waitForFunction(() => !document.querySelector(".log li") && !document.querySelector("#messages li"));
  }

  // id of a client's socket in the namespace / of the common cluster, as the form
  // knows it.
  async socket(name) {
    await this.reset();
    return this.page.locator("#socket option", { hasText: `${name} ·` }).getAttribute("value");
  }

  // request waits for the wire to show a request whose summary is text, and opens it.
  async request(text) {
    const row = this.page.locator("#messages .request", { has: this.page.locator(".what", { hasText: text }) }).first();
    await row.click();
    await this.page.locator("#messages [aria-selected=true]", { hasText: text }).waitFor();
    return this.page.evaluate(() => ({
      channel: document.querySelector("#detail .channel").textContent,
      fields: Object.fromEntries(Array.from(document.querySelectorAll("#detail .row"), (row) => [row.querySelector("dt").textContent, row.querySelector("dd").firstChild.textContent])),
      notes: Object.fromEntries(Array.from(document.querySelectorAll("#detail .row"), (row) => [row.querySelector("dt").textContent, row.querySelector(".note")?.textContent ?? ""])),
      hex: Array.from(document.querySelectorAll("#detail .hex"), (line) => line.textContent).join("").trim().split(/\s+/),
      size: Number.parseInt(document.querySelector("#messages [aria-selected=true] .size").textContent, 10),
    }));
  }
}
