// Reads packets as frames, a line of JSON each, with the page's parsers, and writes
// them again: {"parser", "frames": [{"text"} or {"bytes": base64}]}, or {"error"}.

import { createInterface } from "node:readline";
import * as common from "../page/assets/socketio/common.mjs";
import * as msgpack from "../page/assets/socketio/packed.mjs";

const parsers = { common, msgpack };

for await (const line of createInterface({ input: process.stdin })) {
  const { parser, frames } = JSON.parse(line);
  const { Decoder, encode } = parsers[parser];
  const decoder = new Decoder();
  try {
    let packet;
    for (const { text, bytes } of frames) packet = decoder.add(text ?? new Uint8Array(Buffer.from(bytes, "base64")));
    if (!packet) throw new Error("the frames make no packet");
    const again = encode(packet).map((f) => (typeof f === "string" ? { text: f } : { bytes: Buffer.from(f).toString("base64") }));
    console.log(JSON.stringify({ parser, frames: again }));
  } catch (err) {
    console.log(JSON.stringify({ error: err.message }));
  }
}
