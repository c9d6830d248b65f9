// What operations return, as it arrives.

import { duration, el, plural } from "../dom.mjs";
import { fromJSON, showAll } from "../values.mjs";
import { source } from "../gocode.mjs";

const kept = 40; // operations in the list

export class Answers {
  #list;
  #directory;

  constructor(list, directory) {
    this.#list = list;
    this.#directory = directory;
  }

  // begin adds an operation and returns what takes its results.
  begin(op) {
    const lines = el("ul", {});
    const state = el("span", { class: "state" }, "…");
    const entry = el("li", { class: "answer" }, el("div", { class: "call" }, el("code", {}, source(op)), state), lines);
    this.#list.querySelector(".empty")?.remove();
    this.#list.prepend(entry);
    while (this.#list.children.length > kept) this.#list.lastChild.remove();
    let expected = 0;
    return (result) => {
      if (result.type === "expected") expected = result.count;
      const text = this.#line(result, expected);
      if (text) lines.append(el("li", { class: result.error || result.ack?.error ? "bad" : "" }, ...text));
      if (result.type === "done" || result.type === "error") {
        state.textContent = `${result.type === "done" ? "✓" : "✗"} ${duration(result.us)}`;
        entry.classList.add(result.type);
      }
    };
  }

  // line returns what is shown of a result, undefined for nothing.
  #line(result, expected) {
    const { name, letter } = this.#names();
    switch (result.type) {
      case "ack": {
        const { socket, server, args = [], error } = result.ack;
        return [el("b", {}, name(socket)), ` on ${letter(server)} `, error ?? (args.length > 0 ? showAll(args.map(fromJSON)) : "no argument")];
      }
      case "sockets":
        return spread(result.sockets?.map((s) => [el("b", {}, name(s.id)), ` on ${letter(s.server)}`]), "no socket");
      case "rooms":
        return spread(result.rooms?.map((room) => [el("b", {}, room)]), "no room");
      case "servers":
        return spread(result.servers?.map((s) => [el("b", {}, letter(s.id)), ` ${duration(s.us)}`]), "no server");
      case "done":
        return result.count > 1 ? [`${plural(result.count, "event")}, ${Math.round((result.count * 1e6) / result.us).toLocaleString("en")} a second`] : undefined;
      case "error":
        return [this.#fault(result, expected)];
    }
  }

  #fault({ error, retry, received, silent }, expected) {
    const more = [];
    if (received || expected) more.push(`${received ?? 0} of ${plural(expected, "answer")} came.`);
    if (silent) more.push(`Silent: ${silent.map((id) => this.#directory.letter(id)).join(", ")}.`);
    if (retry) more.push("Nothing was sent.");
    return [error, ...more].join(" ");
  }

  #names() {
    return { name: (id) => this.#directory.name(id), letter: (id) => this.#directory.letter(id) };
  }
}

// spread puts dots between items, each some nodes.
function spread(items, none) {
  if (!items || items.length === 0) return [none];
  return items.flatMap((item, i) => (i === 0 ? item : [" · ", ...item]));
}
