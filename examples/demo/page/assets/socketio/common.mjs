// The common parser: TYPE[N-][NAMESPACE,][ID][JSON] as text, followed by N binary
// frames, for each of which the JSON has {"_placeholder": true, "num": i}.

import { type } from "./types.mjs";

export function encode({ kind, namespace, id, data }) {
  const binaries = [];
  const plain = extract(data, binaries);
  if (binaries.length > 0) kind = kind === type.ack ? type.binaryAck : type.binaryEvent;
  let text = String(kind);
  if (binaries.length > 0) text += `${binaries.length}-`;
  if (namespace !== "/") text += `${namespace},`;
  if (id !== undefined) text += id;
  if (plain !== undefined) text += JSON.stringify(plain);
  return [text, ...binaries];
}

export class Decoder {
  #partial;
  #missing = 0;
  #binaries = [];

  // add returns the packet that a frame completes, or undefined.
  add(frame) {
    if (typeof frame !== "string") return this.#attach(frame);
    if (this.#partial) throw new Error(`${this.#missing} attachments are missing`);
    const found = /^([0-6])(?:(\d+)-)?(?:(\/[^,]*),?)?(\d+)?/.exec(frame);
    if (!found) throw new Error(`unknown packet ${frame.slice(0, 20)}`);
    const [head, kind, count, namespace = "/", id] = found;
    const rest = frame.slice(head.length);
    const packet = { kind: Number(kind), namespace, data: rest === "" ? undefined : JSON.parse(rest) };
    if (id !== undefined) packet.id = Number(id);
    if (packet.kind !== type.binaryEvent && packet.kind !== type.binaryAck) return check(packet);
    if (count === undefined) throw new Error("a binary packet without a number of attachments");
    this.#partial = packet;
    this.#missing = Number(count);
    return this.#missing === 0 ? this.#finish() : undefined;
  }

  #attach(bytes) {
    if (!this.#partial) throw new Error("a binary frame that no packet announced");
    this.#binaries.push(bytes);
    this.#missing--;
    return this.#missing === 0 ? this.#finish() : undefined;
  }

  #finish() {
    const packet = this.#partial;
    packet.data = fill(packet.data, this.#binaries);
    packet.kind = packet.kind === type.binaryAck ? type.ack : type.event;
    this.#partial = undefined;
    this.#binaries = [];
    return check(packet);
  }
}

function check(packet) {
  if (packet.kind === type.event && !(Array.isArray(packet.data) && typeof packet.data[0] === "string")) {
    throw new Error("an event without a name");
  }
  return packet;
}

function extract(v, binaries) {
  if (v instanceof Uint8Array) return { _placeholder: true, num: binaries.push(v) - 1 };
  if (Array.isArray(v)) return v.map((x) => extract(x, binaries));
  if (v === null || typeof v !== "object") return v;
  return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, extract(x, binaries)]));
}

function fill(v, binaries) {
  if (Array.isArray(v)) return v.map((x) => fill(x, binaries));
  if (v === null || typeof v !== "object") return v;
  if (v._placeholder === true) {
    const bytes = binaries[v.num];
    if (!bytes) throw new Error(`placeholder ${v.num} of ${binaries.length} attachments`);
    return bytes;
  }
  return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, fill(x, binaries)]));
}
