// Values as they are shown, and binaries in JSON: {"$bin": base64}, where an object
// that looks like that is written {"$esc": object}.

const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0"));

// show writes a value on one line, binaries as <ca fe>.
export function show(v, shownBytes = 12) {
  if (v instanceof Uint8Array) {
    const more = v.length > shownBytes ? ` … ${v.length} bytes` : "";
    return `<${hex(v.subarray(0, shownBytes)).join(" ")}${more}>`;
  }
  if (Array.isArray(v)) return `[${v.map((x) => show(x)).join(", ")}]`;
  if (v !== null && typeof v === "object") {
    const name = (k) => (/^[A-Za-z_]\w*$/.test(k) ? k : JSON.stringify(k));
    return `{${Object.entries(v).map(([k, x]) => `${name(k)}: ${show(x)}`).join(", ")}}`;
  }
  return typeof v === "bigint" ? String(v) : JSON.stringify(v) ?? String(v);
}

export const showAll = (args) => args.map((v) => show(v)).join(" ");

// toJSON makes a tree that JSON.stringify keeps binaries of.
export function toJSON(v) {
  if (v instanceof Uint8Array) return { $bin: btoa(String.fromCharCode(...v)) };
  if (Array.isArray(v)) return v.map(toJSON);
  if (v === null || typeof v !== "object") return v;
  const copy = Object.fromEntries(Object.entries(v).map(([k, x]) => [k, toJSON(x)]));
  return looksEscaped(v) ? { $esc: copy } : copy;
}

// fromJSON is the way back.
export function fromJSON(v) {
  if (Array.isArray(v)) return v.map(fromJSON);
  if (v === null || typeof v !== "object") return v;
  const keys = Object.keys(v);
  if (keys.length === 1 && typeof v.$bin === "string") return Uint8Array.from(atob(v.$bin), (c) => c.charCodeAt(0));
  const inner = keys.length === 1 && v.$esc !== null && typeof v.$esc === "object" ? v.$esc : v;
  return Object.fromEntries(Object.entries(inner).map(([k, x]) => [k, fromJSON(x)]));
}

function looksEscaped(v) {
  const keys = Object.keys(v);
  return keys.length === 1 && (keys[0] === "$bin" || keys[0] === "$esc");
}

// parseHex reads bytes like "ca fe" or "cafe".
export function parseHex(text) {
  const digits = text.replace(/[\s,]/g, "");
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`“${text}” is not bytes in hex, like ca fe`);
  return Uint8Array.from(digits.match(/../g) ?? [], (d) => parseInt(d, 16));
}
