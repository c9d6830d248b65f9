// Pages of other origins, and names that are made to mean this machine.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";

// stranger is what a foreign page tries; it runs there.
async function stranger({ url, servers }) {
  const out = {};
  const attempt = async (name, act) => {
    out[name] = await act().then((v) => v ?? "got through", () => "refused");
  };
  await attempt("operation", () => fetch(`${url}/api/run`, { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"op":"emit","cluster":"common","event":"intruder"}' }));
  await attempt("blind operation", async () => {
    await fetch(`${url}/api/run`, { method: "POST", mode: "no-cors", body: '{"op":"emit","cluster":"common","event":"intruder"}' });
    return "sent"; // it can't see the answer, which is 403
  });
  await attempt("scene", () => fetch(`${url}/api/scene`).then((r) => r.text()));
  await attempt("messages", () => new Promise((yes, no) => {
    const source = new EventSource(`${url}/api/bus`);
    source.onmessage = source.onopen = () => yes();
    source.onerror = () => (source.close(), no());
  }));
  for (const server of servers) {
    await attempt(`client of ${server}`, () => new Promise((yes, no) => {
      const ws = new WebSocket(`${server.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
      ws.onmessage = () => yes();
      ws.onerror = no;
    }));
  }
  return out;
}

export const strangers = {
  async "a foreign page gets nothing and does nothing"(hand, { url, context }) {
    const server = createServer((_, res) => res.setHeader("Content-Type", "text/html").end("<!doctype html><title>foreign</title>"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const page = await context.newPage();
    try {
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      const servers = hand.scene.real ? [] : hand.scene.clusters.flatMap((c) => c.servers.map((s) => s.url));
      const tried = await page.evaluate(stranger, { url, servers });
      assert.equal(Object.keys(tried).length, 4 + servers.length);
      for (const [what, outcome] of Object.entries(tried)) assert.equal(outcome, what === "blind operation" ? "sent" : "refused", what);
    } finally {
      await page.close();
      server.close();
      server.closeAllConnections();
    }
    await hand.hears({}); // no intruder
  },

  async "a name that is made to mean this machine is refused"(hand, { url, context }) {
    const page = await context.newPage();
    try {
      const response = await page.goto(`http://rebound.example:${new URL(url).port}/`);
      assert.equal(response.status(), 403);
      assert.match(await response.text(), /not "rebound\.example:\d+"/);
      if (hand.scene.real) return;
      const node = await page.goto(`http://rebound.example:${new URL(hand.scene.clusters[0].servers[0].url).port}/socket.io/`);
      assert.equal(node.status(), 403);
    } finally {
      await page.close();
    }
  },

  async "the page itself may load and run nothing else"(hand, { url, context }) {
    const page = await context.newPage();
    try {
      await page.goto(url);
      const outcome = await page.evaluate(async () => {
        const script = document.createElement("script");
        let typed = "text became a script";
        try {
          script.text = "window.ran = true";
          document.body.append(script);
        } catch (err) {
          typed = err.name;
        }
        const far = await fetch("http://127.0.0.1:9/").then(() => "fetched", () => "refused");
        const frame = document.createElement("div");
        frame.setAttribute("style", "position: fixed");
        return { typed, ran: window.ran, far, styled: getComputedStyle(frame).position };
      });
      assert.deepEqual(outcome, { typed: "TypeError", ran: undefined, far: "refused", styled: "" });
    } finally {
      await page.close();
    }
  },
};
