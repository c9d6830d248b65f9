// The Go that does what the form says.

// source returns the lines for an operation, as the form makes it.
export function source(op) {
  const io = address(op);
  const list = (items) => items.map(quote).join(", ");
  const args = ["ctx", quote(op.event), ...op.args.map(literal)];
  switch (op.op) {
    case "emit":
      return `err := ${io}.Emit(${args.join(", ")})`;
    case "ask":
      return `acks, err := ${io}.EmitWithAck(${args.join(", ")})`;
    case "join":
      return `err := ${io}.Join(ctx, ${list(op.rooms)})`;
    case "leave":
      return `err := ${io}.Leave(ctx, ${list(op.rooms)})`;
    case "disconnect":
      return `err := ${io}.Disconnect(ctx)`;
    case "sockets":
      return `sockets, err := ${io}.Sockets(ctx)`;
    case "rooms":
      return `rooms, err := ${io}.Rooms(ctx)`;
    case "servers":
      return `servers, err := ${io}.Servers(ctx)`;
    case "sync":
      return `err := ${io}.Sync(ctx)`;
    case "batch":
      return [
        `batch := emitter.NewBatch(${["driver", ...pace(op.batch)].join(", ")})`,
        `for i := range ${op.batch.count} {`,
        `\t${address(op, ".Via(batch)")}.Emit(${[...args, "i"].join(", ")})`,
        "}",
        "err := batch.Flush(ctx)",
      ].join("\n");
  }
  throw new Error(`no operation ${op.op}`);
}

function pace({ mode, window, rate }) {
  return { window: [`emitter.Window(${window})`], acked: ["emitter.Acked()"], rate: [`emitter.Rate(${rate})`] }[mode] ?? [];
}

function address(op, via = "") {
  const parts = [op.cluster === "msgpack" ? "packed" : "io", via];
  const call = (name, ...args) => parts.push(`.${name}(${args.join(", ")})`);
  if (op.ns !== "/") call("Of", quote(op.ns));
  if (op.to.length > 0) call("To", ...op.to.map(quote));
  if (op.socket) call("ToSocket", quote(op.socket));
  if (op.except_socket) call("ExceptSocket", quote(op.except_socket));
  if (op.server) call("ToServer", quote(op.server));
  if (op.volatile) call("Volatile");
  if (op.timeout > 0) call("Timeout", duration(op.timeout));
  if (op.except.length > 0) call("Except", ...op.except.map(quote));
  return parts.join("");
}

const quote = (s) => JSON.stringify(s);

const shownBytes = 24;

function literal(v) {
  if (v === null) return "nil";
  if (v instanceof Uint8Array) {
    const some = Array.from(v.subarray(0, shownBytes), (b) => `0x${b.toString(16).padStart(2, "0")}`).join(", ");
    return `[]byte{${some}${v.length > shownBytes ? ", /* … */" : ""}}`;
  }
  if (Array.isArray(v)) return `[]any{${v.map(literal).join(", ")}}`;
  if (typeof v === "object") return `map[string]any{${Object.entries(v).map(([k, x]) => `${quote(k)}: ${literal(x)}`).join(", ")}}`;
  return JSON.stringify(v);
}

// duration writes milliseconds as a time.Duration.
function duration(ms) {
  if (ms % 1000 === 0) return ms === 1000 ? "time.Second" : `${ms / 1000}*time.Second`;
  return `${ms}*time.Millisecond`;
}
