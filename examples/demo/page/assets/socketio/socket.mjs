// A Socket.IO client in one namespace, on a connection of its own. It does not come
// back by itself: the page says what happened, and the visitor decides.

import * as common from "./common.mjs";
import { Engine } from "./engine.mjs";
import * as packed from "./packed.mjs";
import { type } from "./types.mjs";

const parsers = { common, msgpack: packed };

export class Socket {
  id; // the server's name for it, while it is connected
  #engine;
  #parser;
  #decoder;
  #namespace;
  #handlers;

  // handlers: connected(id), event(name, args, ack) where ack is a function or
  // undefined, disconnected(why).
  constructor(url, parser, namespace, handlers) {
    this.#parser = parsers[parser];
    this.#decoder = new this.#parser.Decoder();
    this.#namespace = namespace;
    this.#handlers = handlers;
    this.#engine = new Engine(url, {
      opened: () => this.#send({ kind: type.connect }),
      frame: (frame) => {
        const packet = this.#decoder.add(frame);
        if (packet && packet.namespace === namespace) this.#take(packet);
      },
      ended: (why) => {
        this.id = undefined;
        handlers.disconnected(why);
      },
    });
  }

  close() {
    this.#engine.close();
  }

  #send(packet) {
    this.#engine.send(this.#parser.encode({ namespace: this.#namespace, ...packet }));
  }

  #take({ kind, id, data }) {
    switch (kind) {
      case type.connect:
        this.id = data.sid;
        return this.#handlers.connected(data.sid);
      case type.connectError:
        return this.#engine.close(`refused: ${data?.message ?? data}`);
      case type.disconnect:
        return this.#engine.close("disconnected by the server");
      case type.event: {
        const [name, ...args] = data;
        const ack = id === undefined ? undefined : (...answer) => this.#send({ kind: type.ack, id, data: answer });
        return this.#handlers.event(name, args, ack);
      }
    }
  }
}
