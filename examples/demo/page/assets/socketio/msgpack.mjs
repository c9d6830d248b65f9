// msgpack, as much of it as events are made of.

const utf8 = new TextEncoder();
const text = new TextDecoder("utf-8", { fatal: true });

export function pack(v) {
  const out = new Writer();
  out.value(v);
  return out.bytes();
}

class Writer {
  #buf = new Uint8Array(256);
  #len = 0;

  bytes() {
    return this.#buf.slice(0, this.#len);
  }

  value(v) {
    if (v === null || v === undefined) return this.#byte(0xc0);
    if (v === false || v === true) return this.#byte(v ? 0xc3 : 0xc2);
    if (typeof v === "number") return this.#number(v);
    if (typeof v === "string") return this.#string(v);
    if (v instanceof Uint8Array) {
      this.#head(v.length, undefined, 0, [0xc4, 0xc5, 0xc6]);
      return this.#raw(v);
    }
    if (Array.isArray(v)) {
      this.#head(v.length, 0x90, 15, [undefined, 0xdc, 0xdd]);
      return v.forEach((x) => this.value(x));
    }
    const entries = Object.entries(v);
    this.#head(entries.length, 0x80, 15, [undefined, 0xde, 0xdf]);
    for (const [k, x] of entries) {
      this.#string(k);
      this.value(x);
    }
  }

  #string(s) {
    const bytes = utf8.encode(s);
    this.#head(bytes.length, 0xa0, 31, [0xd9, 0xda, 0xdb]);
    this.#raw(bytes);
  }

  #number(n) {
    if (Number.isInteger(n) && !Object.is(n, -0)) {
      if (n >= 0 && n <= 0x7f) return this.#byte(n);
      if (n < 0 && n >= -32) return this.#byte(n & 0xff);
      if (n >= 0 && n <= 0xffffffff) return this.#head(n, undefined, 0, [0xcc, 0xcd, 0xce]);
      if (n < 0 && n >= -0x80000000) return this.#put(5, (view, at) => (view.setUint8(at, 0xd2), view.setInt32(at + 1, n)));
    }
    this.#put(9, (view, at) => (view.setUint8(at, 0xcb), view.setFloat64(at + 1, n)));
  }

  // head writes a length: inside the code while it is at most most, else after one
  // of three codes, in 1, 2 or 4 bytes.
  #head(n, inside, most, [one, two, four]) {
    if (inside !== undefined && n <= most) return this.#byte(inside | n);
    if (one !== undefined && n <= 0xff) return this.#put(2, (view, at) => (view.setUint8(at, one), view.setUint8(at + 1, n)));
    if (n <= 0xffff) return this.#put(3, (view, at) => (view.setUint8(at, two), view.setUint16(at + 1, n)));
    this.#put(5, (view, at) => (view.setUint8(at, four), view.setUint32(at + 1, n)));
  }

  #byte(b) {
    this.#put(1, (view, at) => view.setUint8(at, b));
  }

  #raw(bytes) {
    this.#put(bytes.length, () => this.#buf.set(bytes, this.#len));
  }

  #put(n, write) {
    if (this.#len + n > this.#buf.length) {
      const bigger = new Uint8Array(2 * (this.#len + n));
      bigger.set(this.#buf);
      this.#buf = bigger;
    }
    write(new DataView(this.#buf.buffer), this.#len);
    this.#len += n;
  }
}

// unpack reads one value and nothing after it.
export function unpack(bytes) {
  const reader = new Reader(bytes);
  const v = reader.value(0);
  if (reader.at !== bytes.length) throw new Error(`${bytes.length - reader.at} bytes after the value`);
  return v;
}

const maxDepth = 128;

class Reader {
  at = 0;
  #bytes;
  #view;

  constructor(bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  value(depth) {
    if (depth > maxDepth) throw new Error("too many values in one another");
    const c = this.#uint(1);
    if (c <= 0x7f) return c;
    if (c >= 0xe0) return c - 0x100;
    if (c <= 0x8f) return this.#map(c & 15, depth);
    if (c <= 0x9f) return this.#array(c & 15, depth);
    if (c <= 0xbf) return this.#string(c & 31);
    switch (c) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: case 0xc5: case 0xc6: return this.#take(this.#uint(1 << (c - 0xc4))).slice();
      case 0xca: return this.#read(4, (at) => this.#view.getFloat32(at));
      case 0xcb: return this.#read(8, (at) => this.#view.getFloat64(at));
      case 0xcc: case 0xcd: case 0xce: return this.#uint(1 << (c - 0xcc));
      case 0xcf: return this.#read(8, (at) => Number(this.#view.getBigUint64(at)));
      case 0xd0: return this.#read(1, (at) => this.#view.getInt8(at));
      case 0xd1: return this.#read(2, (at) => this.#view.getInt16(at));
      case 0xd2: return this.#read(4, (at) => this.#view.getInt32(at));
      case 0xd3: return this.#read(8, (at) => Number(this.#view.getBigInt64(at)));
      case 0xd4: this.#take(2); return undefined; // what JavaScript's undefined becomes
      case 0xd9: case 0xda: case 0xdb: return this.#string(this.#uint(1 << (c - 0xd9)));
      case 0xdc: case 0xdd: return this.#array(this.#uint(2 << (c - 0xdc)), depth);
      case 0xde: case 0xdf: return this.#map(this.#uint(2 << (c - 0xde)), depth);
    }
    throw new Error(`unknown msgpack code ${c.toString(16)}`);
  }

  #array(n, depth) {
    const out = [];
    for (let i = 0; i < n; i++) out.push(this.value(depth + 1));
    return out;
  }

  #map(n, depth) {
    const entries = [];
    for (let i = 0; i < n; i++) entries.push([this.value(depth + 1), this.value(depth + 1)]);
    return Object.fromEntries(entries);
  }

  #string(n) {
    return text.decode(this.#take(n));
  }

  #uint(n) {
    return this.#read(n, (at) => (n === 1 ? this.#view.getUint8(at) : n === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at)));
  }

  #take(n) {
    return this.#read(n, (at) => this.#bytes.subarray(at, at + n));
  }

  #read(n, how) {
    if (this.at + n > this.#bytes.length) throw new Error("the bytes end too early");
    const v = how(this.at);
    this.at += n;
    return v;
  }
}
