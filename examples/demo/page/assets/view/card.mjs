// One client and its card.

import { once, plural, el } from "../dom.mjs";
import { Socket } from "../socketio/socket.mjs";
import { showAll } from "../values.mjs";
import { hue } from "./rooms.mjs";

const shown = 6; // events on a card

export class Client {
  id;
  rooms = [];
  #events = []; // the last ones
  #count = 0;
  #state = "connecting";
  #socket;
  #parts;
  #draw = once(() => this.#render());

  // entered is called when the client is in, left when it no longer is.
  constructor({ name, cluster, ns, rooms, answer }, server, { entered, left }) {
    Object.assign(this, { name, cluster, ns, first: rooms, answer, server, entered, left });
    this.card = this.#build();
  }

  connect() {
    this.#state = "connecting";
    this.#socket = new Socket(this.server.url, this.cluster, this.ns, {
      connected: (id) => {
        this.id = id;
        this.#state = "";
        this.entered(this);
        this.#draw();
      },
      event: (name, args, ack) => this.#received(name, args, ack),
      disconnected: (why) => {
        this.id = undefined;
        this.rooms = [];
        this.#state = why;
        this.left(this);
        this.#draw();
      },
    });
    this.#draw();
  }

  moveTo(rooms) {
    this.rooms = rooms;
    this.#draw();
  }

  clear() {
    this.#events = [];
    this.#count = 0;
    this.#draw();
  }

  #received(name, args, ack) {
    this.#count++;
    this.#events.push({ n: this.#count, name, args, asked: ack !== undefined, silent: ack !== undefined && this.answer === "silence" });
    if (this.#events.length > shown) this.#events.shift();
    if (ack && this.answer !== "silence") ack(this.answer);
    this.#draw();
  }

  #build() {
    const p = (this.#parts = {
      rooms: el("ul", { class: "chips", "aria-label": `rooms of ${this.name}` }),
      log: el("ol", { class: "log", role: "log", "aria-live": "polite", "aria-label": `what ${this.name} received` }),
      count: el("span", { class: "count" }),
      state: el("p", { class: "gone", role: "status" }),
      again: el("button", { type: "button", class: "quiet", onclick: () => this.connect() }, "Connect"),
    });
    const answers = el("select", { "aria-label": `${this.name} answers`, onchange: (e) => (this.answer = e.target.value) });
    for (const [value, label] of [["yes", "answers “yes”"], ["no", "answers “no”"], ["silence", "stays silent"]]) {
      answers.append(el("option", { value, selected: value === this.answer }, label));
    }
    return el(
      "article", { class: "card", "data-client": this.name, "aria-label": `client ${this.name}` },
      el("div", { class: "who" }, el("h4", {}, this.name), el("span", { class: "place" }, `${this.server.letter}${this.ns === "/" ? "" : ` ${this.ns}`}`), p.count),
      p.rooms, p.log, p.state, el("div", { class: "foot" }, answers, p.again),
    );
  }

  #render() {
    const p = this.#parts;
    this.card.classList.toggle("out", this.#state !== "");
    p.rooms.replaceChildren(...this.rooms.map((room) => el("li", { class: `chip h${hue(room)}` }, room)));
    p.log.replaceChildren(...this.#events.map((e) => this.#event(e)));
    p.count.textContent = this.#count === 0 ? "" : plural(this.#count, "event");
    p.state.textContent = this.#state;
    p.again.hidden = this.#state === "" || this.#state === "connecting";
  }

  #event({ n, name, args, asked, silent }) {
    const note = asked ? [el("span", { class: "note" }, silent ? "no answer" : "answered")] : [];
    return el("li", { class: n === this.#count ? "new" : "", "data-event": name }, el("b", {}, name), " ", showAll(args), ...note);
  }
}
