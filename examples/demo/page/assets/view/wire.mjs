// The messages as they pass: a list, and one of them taken apart.

import { $, el, once, plural } from "../dom.mjs";
import { drawFields, drawBytes } from "./bytes.mjs";

const kept = 60; // messages in the list

export class Wire {
  #directory;
  #messages = []; // the newest first
  #chosen; // the one that is taken apart; while it is undefined, the newest
  #numbered = 0;
  #passed = { own: 0, others: 0 };
  #missed = 0;
  #list = $("messages");
  #drawn;
  #draw = once(() => this.#render());

  constructor(directory) {
    this.#directory = directory;
    $("own").addEventListener("change", () => this.#render());
    this.#list.addEventListener("keydown", (e) => this.#key(e));
    this.#list.addEventListener("click", (e) => {
      const row = e.target.closest("[data-n]");
      if (row) this.#choose(this.#messages.find((m) => m.n === Number(row.dataset.n)));
    });
  }

  add(message) {
    message.n = ++this.#numbered;
    this.#passed[message.own ? "own" : "others"]++;
    this.#messages.unshift(message);
    // The page's own do not push out what a visitor looks for.
    const same = this.#messages.filter((m) => m.own === message.own);
    if (same.length > kept) this.#messages.splice(this.#messages.indexOf(same.at(-1)), 1);
    this.#draw();
  }

  missed(count) {
    this.#missed += count;
    this.#draw();
  }

  clear() {
    this.#messages = [];
    this.#chosen = undefined;
    this.#passed = { own: 0, others: 0 };
    this.#missed = 0;
    this.#render();
  }

  #visible() {
    return $("own").checked ? this.#messages : this.#messages.filter((m) => !m.own);
  }

  #choose(message) {
    this.#chosen = message;
    this.#render();
    this.#list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  #key(e) {
    const all = this.#visible();
    const at = all.indexOf(this.#shown(all));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[e.key];
    if (to === undefined || all.length === 0) return;
    e.preventDefault();
    this.#choose(all[Math.max(0, Math.min(to, all.length - 1))]);
  }

  // shown is the message that is taken apart: the chosen one, otherwise the newest
  // request.
  #shown(all) {
    if (all.includes(this.#chosen)) return this.#chosen;
    return all.find((m) => !m.response) ?? all[0];
  }

  #render() {
    const all = this.#visible();
    const shown = this.#shown(all);
    this.#list.replaceChildren(...all.map((m) => this.#row(m, m === shown)));
    const active = this.#list.querySelector("[aria-selected=true]");
    if (active) this.#list.setAttribute("aria-activedescendant", active.id);
    else this.#list.removeAttribute("aria-activedescendant");
    const gap = this.#missed > 0 ? `, ${this.#missed.toLocaleString("en")} more came too fast to show` : "";
    const passed = this.#passed.others + ($("own").checked ? this.#passed.own : 0);
    $("traffic").textContent = passed > 0 ? plural(passed, "message") + gap : "";
    if (shown && shown !== this.#drawn) this.#detail(shown);
    this.#drawn = shown;
  }

  #row(m, selected) {
    const { what, more } = this.#summary(m);
    return el(
      "li", { role: "option", id: `message-${m.n}`, "data-n": m.n, "aria-selected": String(selected), class: m.response ? "response" : "request" },
      el("span", { class: "arrow", "aria-label": m.response ? "response:" : "request:" }, m.response ? "←" : "→"),
      el("span", { class: "what" }, el("b", {}, what), ` ${more}`), el("span", { class: "size" }, `${m.size} B`),
    );
  }

  #summary(m) {
    if (m.error) return { what: m.type, more: m.error };
    const whom = m.whom.replace(/socket (\S+)/, (_, id) => this.#directory.name(id));
    if (m.response) return { what: m.type, more: `${whom} from ${this.#directory.letter(m.server)}` };
    const at = [m.ns === "/" ? "" : ` in ${m.ns}`, m.server ? ` on ${this.#directory.letter(m.server)}` : ""].join("");
    return { what: m.event ? `${m.type} ${m.event}` : m.type, more: `${m.event || m.moves ? "· " : "of "}${whom}${at}` };
  }

  #detail(m) {
    const { what, more } = this.#summary(m);
    const bytes = Uint8Array.from(atob(m.data), (c) => c.charCodeAt(0));
    $("detail").replaceChildren(
      el("div", { class: "title" }, el("h3", {}, what, " ", el("span", {}, more)), el("code", { class: "channel" }, m.channel)),
      m.error ? el("p", { class: "bad" }, m.error) : drawFields(m.parts ?? [], this.#directory),
      drawBytes(bytes, m.parts ?? [], m.size),
    );
  }
}
