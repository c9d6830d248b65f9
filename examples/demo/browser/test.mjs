// node test.mjs URL plays every case against the page at URL and prints a line of JSON
// for each: its name, and what went wrong.

import { appearance } from "./appearance.mjs";
import { open, watch } from "./browser.mjs";
import { operations } from "./operations.mjs";
import { Stagehand } from "./stagehand.mjs";
import { strangers } from "./strangers.mjs";
import { wire } from "./wire.mjs";

const url = process.argv[2];
const only = process.argv[3]; // a part of a name, to play some cases

const report = (name, err) => console.log(JSON.stringify({ name, error: err ? String(err.stack ?? err) : "" }));

const { context, close } = await open();
try {
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const scene = await (await fetch(`${url}/api/scene`)).json();
  const faults = watch(page, [url, ...scene.clusters.flatMap((c) => c.servers.map((s) => s.url))]);
  const hand = await Stagehand.enter(page, url);
  await hand.clear();
  for (const [name, play] of Object.entries({ ...operations, ...wire, ...appearance, ...strangers })) {
    if (only && !name.includes(only)) continue;
    try {
      await play(hand, { url, context });
      report(name);
    } catch (err) {
      report(name, err);
      await page.reload();
      await hand.home();
      await hand.clear();
    }
  }
  report("no error in the console, no request to anybody else", faults.length > 0 ? faults.join("\n") : undefined);
} catch (err) {
  report("the page opens", err);
} finally {
  await close();
}
