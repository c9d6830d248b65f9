// A headless chromium with nothing of its own: no profile, no network but this machine.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const flags = [
  "--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--host-resolver-rules=MAP rebound.example 127.0.0.1", // a name that is made to mean this machine
];

// open starts the browser; its close also removes what it left.
export async function open(options = {}) {
  const profile = await mkdtemp(join(tmpdir(), "demo-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: flags,
    viewport: { width: 1440, height: 1000 },
    ...options,
  });
  const close = async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  };
  return { context, close };
}

// watch notes what a page must not do: errors, and requests to anybody else.
export function watch(page, origins) {
  const faults = [];
  const allowed = (url) => origins.includes(new URL(url).origin.replace(/^ws/, "http"));
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && faults.push(`console: ${m.text()}`));
  page.on("pageerror", (err) => faults.push(`uncaught: ${err.message}`));
  page.on("request", (r) => allowed(r.url()) || faults.push(`request to ${r.url()}`));
  page.on("websocket", (ws) => allowed(ws.url()) || faults.push(`WebSocket to ${ws.url()}`));
  return faults;
}
