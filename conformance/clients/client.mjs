// One Socket.IO socket, on a connection that others of the same process may share.

import { Manager } from "socket.io-client";
import * as msgpack from "socket.io-msgpack-parser";
import { decode, encode } from "./codec.mjs";

const managers = new Map();

function manager({ connection, url, parser }) {
  if (!managers.has(connection)) {
    const options = { transports: ["websocket"], reconnection: false, autoConnect: false };
    if (parser === "msgpack") options.parser = msgpack.default ?? msgpack;
    managers.set(connection, new Manager(url, options));
  }
  return managers.get(connection);
}

export class Client {
  #answers = new Map();
  #socket;
  #report;

  // report takes what happens to this socket, an object with a type.
  constructor(command, report) {
    this.#report = report;
    const auth = command.auth === undefined ? undefined : decode(command.auth);
    this.#socket = manager(command).socket(command.namespace, { auth });
    this.#socket.on("connect", () => report({ type: "connected", id: this.#socket.id }));
    this.#socket.on("connect_error", (err) => report({ type: "refused", reason: err.message }));
    this.#socket.on("disconnect", (reason) => report({ type: "disconnected", reason }));
    this.#socket.onAny((name, ...args) => this.#received(name, args));
    this.#socket.connect();
  }

  // request emits an event and reports the server's answer to it.
  request({ request, name, args }) {
    this.#socket.emit(name, ...args.map(decode), (...answer) => {
      this.#report({ type: "answer", request, args: answer.map(encode) });
    });
  }

  // answer tells how the event name is acknowledged from now on: "reply" with args, "never", or "leave", which
  // disconnects instead. It is confirmed as a request is answered.
  answer({ request, name, how, args }) {
    this.#answers.set(name, { how, args: (args ?? []).map(decode) });
    this.#report({ type: "answer", request, args: [] });
  }

  // disconnect leaves the namespace; the last socket of a connection closes it.
  disconnect() {
    this.#socket.disconnect();
  }

  #received(name, args) {
    const ack = typeof args.at(-1) === "function" ? args.pop() : undefined;
    this.#report({ type: "event", name, args: args.map(encode), ack: ack !== undefined });
    const answer = ack && this.#answers.get(name);
    if (!answer) return;
    if (answer.how === "reply") ack(...answer.args);
    if (answer.how === "leave") this.#socket.disconnect();
  }
}
