// What the page's server does: operations, and the messages on the wire.

// run does an operation and gives each line of what comes to each; it returns the
// last one, whose type is done or error. It never throws.
export async function run(operation, each = () => {}) {
  let last = { type: "error", error: "the demo ended before the operation did", us: 0 };
  try {
    for await (const result of results(operation)) {
      last = result;
      each(result);
    }
    if (last.type === "done" || last.type === "error") return last;
  } catch (err) {
    last = { type: "error", error: `the demo does not answer: ${err.message}`, us: 0 };
  }
  each(last);
  return last;
}

async function* results(operation) {
  const response = await fetch("/api/run", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(operation),
  });
  if (response.ok) yield* lines(response.body);
  else yield { type: "error", error: (await response.text()).trim(), us: 0, retry: true };
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
// came too fast; lost is called when the demo is gone, and back when it is there again.
export function listen({ message, missed, lost, back }) {
  return new Promise((ready) => {
    let before = false;
    const source = new EventSource("/api/bus");
    source.addEventListener("ready", () => {
      if (before) back();
      before = true;
      ready();
    });
    source.addEventListener("message", ({ data }) => message(JSON.parse(data)));
    source.addEventListener("missed", ({ data }) => missed(JSON.parse(data)));
    source.addEventListener("error", lost); // it tries again by itself
  });
}
