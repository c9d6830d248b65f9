// Keeps the rooms on the cards true. When a message has passed that moves sockets, the
// servers are asked by the same channel: they read a channel in order, so what they
// answer has that message in it.

import { run } from "./api.mjs";

export class Membership {
  #directory;
  #changed;
  #due = new Map(); // channel → where to ask
  #running;

  // changed is called with a client whose rooms were asked.
  constructor(directory, changed) {
    this.#directory = directory;
    this.#changed = changed;
  }

  // moved notes that sockets may have moved; server is "" for all of them.
  moved(cluster, ns, server) {
    this.#due.set(JSON.stringify([cluster, ns, server]), { cluster, ns, server });
    this.#running ??= this.#work().finally(() => (this.#running = undefined));
  }

  everything() {
    for (const c of this.#directory.clients) this.moved(c.cluster, c.ns, "");
  }

  // enter puts a client that has just connected into its first rooms.
  async enter(client) {
    const where = { cluster: client.cluster, ns: client.ns, server: client.server.id, socket: client.id, own: true };
    if (client.first.length > 0) await run({ ...where, op: "join", rooms: client.first });
    await this.#ask(client, where.server);
  }

  // One question at a time: an older answer must not overtake a newer one.
  async #work() {
    while (this.#due.size > 0) {
      const [key, { cluster, ns, server }] = this.#due.entries().next().value;
      this.#due.delete(key);
      const meant = this.#directory.clients.filter((c) => c.id && c.cluster === cluster && c.ns === ns && (server === "" || c.server.id === server));
      await Promise.all(meant.map((c) => this.#ask(c, server)));
    }
  }

  async #ask(client, server) {
    const id = client.id;
    let rooms;
    const last = await run({ op: "rooms", cluster: client.cluster, ns: client.ns, server, socket: id, own: true }, (result) => {
      if (result.type === "rooms") rooms = result.rooms ?? [];
    });
    if (last.type === "done" && client.id === id) this.#changed(client, rooms);
  }
}
