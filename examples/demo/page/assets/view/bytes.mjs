// A message's fields, and the same as bytes: what belongs together has one colour, and
// lights up together.

import { el } from "../dom.mjs";

// colour of a part: by what it is about.
function colour({ field, group }) {
  if (/^(node_id|id|request|response\.node_id)$/.test(field)) return "ids";
  if (/^(type|response\.type\.kind|ack_timeout_ms)$/.test(field)) return "type";
  if (field.startsWith("response.type.body")) return "packet";
  return { packet: "packet", rooms: "rooms", opts: "opts" }[group] ?? "frame";
}

export function drawFields(parts, directory) {
  const list = el("dl", { class: "fields", tabindex: "0", "aria-label": "Fields" });
  for (const [i, part] of parts.entries()) {
    if (part.head) continue;
    const known = /^"[\w-]{16}"$/.test(part.text) ? whose(part.text.slice(1, -1), directory) : "";
    list.append(
      el(
        "div", { class: `row c-${colour(part)}`, "data-part": i },
        el("dt", {}, part.field.replace(/^(response\.(type\.)?|packet\.(?=data))/, "")),
        el("dd", {}, part.text, ...[part.note, known].filter(Boolean).map((note) => el("span", { class: "note" }, note))),
      ),
    );
  }
  light(list);
  return list;
}

function whose(id, directory) {
  const client = directory.client(id);
  if (client) return client.name;
  const letter = directory.letter(id);
  return letter === id ? "" : `server ${letter}`;
}

// Where the bytes stand beside the fields, a line has half as many.
const beside = matchMedia("(min-width: 72rem) and (max-width: 112rem)");

export function drawBytes(bytes, parts, size) {
  const table = el("pre", { class: "bytes", tabindex: "0", "aria-label": `The bytes in hex, ${size} of them` });
  const owner = new Array(bytes.length);
  parts.forEach((part, i) => owner.fill(i, part.from, part.to));
  const perLine = beside.matches ? 8 : 16;
  for (let from = 0; from < bytes.length; from += perLine) {
    const line = Array.from(bytes.subarray(from, from + perLine), (b, k) => ({ b, part: owner[from + k] }));
    table.append(
      el(
        "span", { class: "line" },
        el("span", { class: "offset" }, from.toString(16).padStart(4, "0")),
        el("span", { class: `hex of-${perLine}` }, ...runs(line, parts, (b) => `${b.toString(16).padStart(2, "0")} `)),
        el("span", { class: "ascii" }, ...runs(line, parts, (b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : "·"))),
      ),
      "\n",
    );
  }
  if (size > bytes.length) table.append(`… and ${(size - bytes.length).toLocaleString("en")} bytes more`);
  light(table);
  return table;
}

// runs makes one element of neighbours that belong to the same part.
function runs(line, parts, write) {
  const out = [];
  for (const { b, part } of line) {
    if (out.at(-1)?.part === part) out.at(-1).text += write(b);
    else out.push({ part, text: write(b) });
  }
  return out.map(({ part, text }) => {
    const p = parts[part];
    if (!p) return text;
    return el("span", { class: `b c-${colour(p)}`, "data-part": part, title: `${p.field || "message"}: ${p.text}` }, text);
  });
}

// light marks everything of the part that the pointer is on.
function light(root) {
  const mark = (e, on) => {
    const part = e.target.closest?.("[data-part]")?.dataset.part;
    if (part === undefined) return;
    for (const same of root.parentElement.querySelectorAll(`[data-part="${part}"]`)) same.classList.toggle("lit", on);
  };
  root.addEventListener("pointerover", (e) => mark(e, true));
  root.addEventListener("pointerout", (e) => mark(e, false));
}
