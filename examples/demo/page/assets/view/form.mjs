// The form: what is filled in becomes an operation.

import { $, el } from "../dom.mjs";
import { source } from "../gocode.mjs";
import { parseHex } from "../values.mjs";
import { hue } from "./rooms.mjs";

const operations = [
  ["emit", "Emit"], ["ask", "Emit with ack"], ["batch", "Batch"],
  ["join", "Join"], ["leave", "Leave"], ["disconnect", "Disconnect"],
  ["sockets", "Sockets"], ["rooms", "Rooms"], ["servers", "Servers"], ["sync", "Sync"],
];

// Invalid is a mistake in one field.
class Invalid extends Error {
  constructor(field, message) {
    super(message);
    this.field = field;
  }
}

export class Form {
  #form = $("form");
  #directory;
  #send;

  // send takes an operation that was asked for.
  constructor(directory, send) {
    this.#directory = directory;
    this.#send = send;
    choices($("ops"), "op", operations);
    options($("cluster"), directory.scene.clusters.map((c) => [c.parser, c.parser]));
    this.#form.addEventListener("input", () => this.update());
    this.#form.addEventListener("submit", (e) => {
      e.preventDefault();
      this.submit();
    });
    this.#form.addEventListener("click", (e) => {
      if (e.target.matches("[data-room]")) this.#toggle(e.target);
    });
    this.update();
  }

  // fill sets the named fields and empties the others, and sends.
  fill(values) {
    this.#form.reset();
    for (const name of ["to", "except", "args", "bytes", "rooms"]) this.#form.elements[name].value = "";
    for (const [name, value] of Object.entries(values)) this.#form.elements[name].value = value;
    this.update();
    this.submit();
  }

  submit() {
    let op;
    try {
      op = this.#read();
    } catch (err) {
      this.#complain(err);
      this.#form.elements[err.field].focus();
      return;
    }
    this.#send(op);
  }

  // update follows the fields, and who is there.
  update() {
    const { op, cluster } = this.#form.elements;
    for (const part of this.#form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(op.value);
    for (const part of this.#form.querySelectorAll("[data-mode]")) part.hidden = part.dataset.mode !== this.#form.elements.mode.value;
    this.#offer(cluster.value, `/${this.#form.elements.ns.value.replace(/^\//, "")}`);
    try {
      $("code").textContent = source(this.#read());
      this.#complain();
    } catch (err) {
      this.#complain(err);
    }
  }

  #complain(err) {
    const problem = err?.message ?? "";
    if ($("problem").textContent !== problem) $("problem").textContent = problem;
    for (const field of this.#form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    if (!err) return;
    if (!err.field) throw err;
    this.#form.elements[err.field].setAttribute("aria-invalid", "true");
  }

  // offer lists the servers, sockets and rooms that there are.
  #offer(parser, ns) {
    const clients = this.#directory.clients.filter((c) => c.cluster === parser && c.ns === ns && c.id);
    const sockets = clients.map((c) => [c.id, `${c.name} · ${c.id.slice(0, 6)}…`]);
    options(this.#form.elements.socket, [["", "any"], ...sockets]);
    options(this.#form.elements.except_socket, [["", "none"], ...sockets]);
    options(this.#form.elements.server, [["", "all"], ...this.#directory.cluster(parser).servers.map((s) => [s.id, s.letter])]);
    const rooms = new Set([...clients.flatMap((c) => c.rooms), "vip"]);
    for (const chips of this.#form.querySelectorAll("[data-input]")) this.#chips(chips, [...rooms].sort());
  }

  #chips(chips, rooms) {
    const chosen = split(this.#form.elements[chips.dataset.input].value);
    const had = [...chips.children].map((b) => b.dataset.room);
    if (had.join() !== rooms.join()) {
      chips.replaceChildren(...rooms.map((room) => el("button", { type: "button", class: `chip h${hue(room)}`, "data-room": room }, room)));
    }
    for (const b of chips.children) b.setAttribute("aria-pressed", String(chosen.includes(b.dataset.room)));
  }

  #toggle(button) {
    const input = this.#form.elements[button.parentElement.dataset.input];
    const rooms = split(input.value);
    const room = button.dataset.room;
    input.value = (rooms.includes(room) ? rooms.filter((r) => r !== room) : [...rooms, room]).join(", ");
    this.update();
  }

  // read makes an operation of the fields that are to be seen.
  #read() {
    const seen = (name) => !this.#form.elements[name].closest?.("[hidden]");
    const text = (name) => (seen(name) ? this.#form.elements[name].value : "");
    const rooms = (name) => split(text(name));
    const number = (name) => {
      const n = text(name) === "" ? 0 : Number(text(name));
      if (Number.isInteger(n) && n >= 0 && this.#form.elements[name].validity.valid) return n;
      throw new Invalid(name, `${this.#form.elements[name].labels[0].textContent}: a whole number is needed here.`);
    };
    return {
      op: this.#form.elements.op.value, cluster: this.#form.elements.cluster.value, ns: text("ns"),
      to: rooms("to"), except: rooms("except"), socket: text("socket"), except_socket: text("except_socket"), server: text("server"),
      volatile: seen("volatile") && this.#form.elements.volatile.checked, timeout: number("timeout"),
      event: text("event"), args: this.#args(seen), rooms: rooms("rooms"),
      batch: { count: number("count"), mode: text("mode") || "plain", window: number("window"), rate: number("rate") },
    };
  }

  #args(seen) {
    if (!seen("args")) return [];
    let args, bytes;
    try {
      args = JSON.parse(`[${this.#form.elements.args.value}]`);
    } catch {
      throw new Invalid("args", "Arguments are JSON values with commas between them: \"rain\", 3, {\"a\": [true]}");
    }
    try {
      bytes = parseHex(this.#form.elements.bytes.value);
    } catch (err) {
      throw new Invalid("bytes", err.message);
    }
    return bytes.length > 0 ? [...args, bytes] : args;
  }
}

function choices(fieldset, name, list) {
  const row = el("div", { class: "segments" });
  for (const [i, [value, label]] of list.entries()) {
    row.append(el("label", {}, el("input", { type: "radio", name, value, checked: i === 0 }), el("span", {}, label)));
  }
  fieldset.append(row);
}

// options replaces a select's options, and keeps what is chosen if it is still there.
function options(select, list) {
  const key = JSON.stringify(list);
  if (select.dataset.list === key) return;
  select.dataset.list = key;
  const { value } = select;
  select.replaceChildren(...list.map(([v, label]) => el("option", { value: v }, label)));
  select.value = list.some(([v]) => v === value) ? value : list[0][0];
}

const split = (text) => text.split(",").map((room) => room.trim()).filter((room) => room !== "");
