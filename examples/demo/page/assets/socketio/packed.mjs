// The msgpack parser: one binary frame, a map with type, nsp, data and id.

import { pack, unpack } from "./msgpack.mjs";
import { type } from "./types.mjs";

export function encode({ kind, namespace, id, data }) {
  const map = { type: kind, nsp: namespace };
  if (data !== undefined) map.data = data;
  if (id !== undefined) map.id = id;
  return [pack(map)];
}

export class Decoder {
  // add returns the packet of a frame.
  add(frame) {
    if (typeof frame === "string") throw new Error("a text frame, but the parser is msgpack");
    const { type: kind, nsp: namespace, data, id } = unpack(frame);
    if (!(kind >= type.connect && kind <= type.connectError)) throw new Error(`unknown packet type ${kind}`);
    if (kind === type.event && !(Array.isArray(data) && typeof data[0] === "string")) throw new Error("an event without a name");
    return { kind, namespace, data: data ?? undefined, id: id ?? undefined };
  }
}
