// node picture.mjs URL FILE plays a scene on the page at URL and takes its picture.

import { writeFile } from "node:fs/promises";
import { open } from "./browser.mjs";
import { Stagehand } from "./stagehand.mjs";

const [url, file] = process.argv.slice(2);
const width = 1360;
const { context, close } = await open({ viewport: { width, height: 1240 }, colorScheme: "light", reducedMotion: "reduce" });
try {
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const hand = await Stagehand.enter(page, url);
  await hand.clear();
  const preset = (name) => hand.after(() => page.getByRole("button", { name }).click());
  await preset("Sport joins vip");
  await hand.rooms({ jan: ["news", "sport", "vip"], kim: ["sport", "vip"] });
  await preset("A photo, msgpack");
  await preset("Everybody but sport");
  await preset("Lunch?");
  await preset("Headline to news");
  for (const name of ["ida", "jan"]) await hand.card(name).locator("[data-event=headline]").waitFor();
  await hand.request("broadcast headline · news");
  await page.evaluate(() => document.activeElement.blur());
  await page.mouse.move(0, 0);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height });
  const shot = { format: "webp", quality: 88 }; // a quarter of a PNG's size
  const { data } = await (await context.newCDPSession(page)).send("Page.captureScreenshot", shot);
  await writeFile(file, Buffer.from(data, "base64"));
} finally {
  await close();
}
