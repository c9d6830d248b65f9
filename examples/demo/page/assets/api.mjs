// What the page's server does: operations, and the messages on the wire.

// run does an operation and gives each line of what comes to each; it returns the
// last one, whose type is done or error.
export async function run(operation, each = () => {}) {
  const response = await fetch("/api/run", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(operation),
  });
  if (!response.ok) return { type: "error", error: (await response.text()).trim(), us: 0, retry: true };
  let last = { type: "error", error: "the demo ended before the operation did", us: 0 };
  for await (const result of lines(response.body)) {
    last = result;
    each(result);
  }
  return last;
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const whole = (rest + value).split("\n");
    rest = whole.pop();
    for (const line of whole) yield JSON.parse(line);
  }
}

// listen resolves once no message can be missed. message takes each, missed how many
// came too fast, state whether the demo is there.
export function listen({ message, missed, state }) {
  return new Promise((ready) => {
    const source = new EventSource("/api/bus");
    source.addEventListener("ready", () => {
      state(true);
      ready();
    });
    source.addEventListener("message", ({ data }) => message(JSON.parse(data)));
    source.addEventListener("missed", ({ data }) => missed(JSON.parse(data)));
    source.addEventListener("error", () => state(false)); // it tries again by itself
  });
}
