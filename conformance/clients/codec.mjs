// Values between this process and the run, as JSON that loses nothing:
//   {"$bin": base64}       bytes
//   {"$number": "NaN"}     a number that JSON can't write
//   {"$undefined": true}   undefined, which JSON drops
// A user's own key that starts with "$" gets one more "$".

export function encode(value) {
  if (value === undefined) return { $undefined: true };
  if (typeof value === "bigint") return { $number: String(value) };
  if (typeof value === "number" && !Number.isFinite(value)) return { $number: String(value) };
  if (value === null || typeof value !== "object") return value;
  const bytes = asBuffer(value);
  if (bytes) return { $bin: bytes.toString("base64") };
  if (Array.isArray(value)) return value.map(encode);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.startsWith("$") ? "$" + key : key, encode(item)]),
  );
}

export function decode(value) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(decode);
  if ("$bin" in value) return Buffer.from(value.$bin, "base64");
  if ("$number" in value) return Number(value.$number);
  if ("$undefined" in value) return undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.startsWith("$$") ? key.slice(1) : key, decode(item)]),
  );
}

function asBuffer(value) {
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  return null;
}
