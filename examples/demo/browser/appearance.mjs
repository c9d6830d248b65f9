// Keyboard, names, contrast, narrow screens.

import assert from "node:assert/strict";

// audit runs in the page: everything with text whose contrast is below 4.5 (WCAG AA).
function lowContrast() {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const ground = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] === 1) return color;
    }
    return [255, 255, 255, 1];
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const out = [];
  for (const e of document.body.querySelectorAll("*")) {
    const own = Array.from(e.childNodes).some((n) => n.nodeType === Node.TEXT_NODE && n.textContent.trim() !== "") || e.matches("input, select");
    if (!own || !e.checkVisibility({ visibilityProperty: true }) || e.matches(".skip, .out .log *")) continue;
    const r = ratio(luminance(rgba(getComputedStyle(e).color)), luminance(ground(e)));
    if (r < 4.5) out.push(`${e.tagName} “${e.textContent.slice(0, 30)}” has contrast ${r.toFixed(2)}`);
  }
  return out;
}

const focused = (page) => page.evaluate(() => {
  const e = document.activeElement;
  const outlined = (x) => {
    const { opacity, outlineStyle, outlineWidth } = getComputedStyle(x);
    return opacity !== "0" && outlineStyle === "solid" && parseFloat(outlineWidth) >= 2;
  };
  const marked = [e, e.nextElementSibling].filter(Boolean).some(outlined);
  const label = e.labels?.length ? e.labels[0].textContent : (e.getAttribute("aria-label") ?? (document.getElementById(e.getAttribute("aria-labelledby"))?.textContent || e.textContent));
  return { body: e === document.body, id: e.id, value: e.value, label: label?.trim(), marked };
});

export const appearance = {
  async "everything by keyboard"(hand) {
    const { page } = hand;
    await page.evaluate(() => document.getElementById("form").reset());
    await page.evaluate(() => document.activeElement.blur());
    await page.mouse.click(1, 1); // the tour begins at the top of the page
    await page.keyboard.press("Tab");
    assert.equal((await focused(page)).label, "Skip to the form");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    assert.deepEqual(await focused(page), { body: false, id: "", value: "emit", label: "Emit", marked: true });
    await page.keyboard.press("ArrowRight");
    assert.equal((await focused(page)).label, "Emit with ack");
    const to = async (id) => {
      for (let i = 0; i < 60 && (await focused(page)).id !== id; i++) await page.keyboard.press("Tab");
      assert.equal((await focused(page)).id, id);
    };
    await to("to");
    await page.keyboard.type("news");
    await to("event");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("tea?");
    await to("args");
    await page.keyboard.press("Control+A");
    await page.keyboard.press("Delete");
    const answer = await hand.after(() => page.keyboard.press("Enter"));
    assert.equal(answer.code, 'acks, err := io.To("news").EmitWithAck(ctx, "tea?")');
    assert.deepEqual(answer.lines.sort(), ['ida on A "yes"', 'jan on B "no"']);
    await hand.hears({ ida: ["tea? answered"], jan: ["tea? answered"] });
  },

  async "a walk with Tab meets no trap, and each stop has a name and a mark"(hand) {
    const { page } = hand;
    await page.mouse.click(1, 1);
    await page.evaluate(() => document.activeElement.blur());
    let stops = 0;
    for (; stops < 150; stops++) {
      await page.keyboard.press("Tab");
      const at = await focused(page);
      if (at.body) break;
      assert.ok(at.label, `stop ${stops} (${at.id}) has no name`);
      assert.ok(at.marked, `stop ${stops} (${at.label}) can't be seen to have the focus`);
    }
    assert.ok(stops > 30 && stops < 150, `the walk has ${stops} stops`);
  },

  async "light and dark, with enough contrast"(hand) {
    const { page } = hand;
    await hand.do({ op: "ask", event: "look", timeout: 200, to: "news, sport" });
    await hand.do({ op: "emit", event: "connect" });
    await hand.do({ op: "join", to: "sport", rooms: "vip" });
    await hand.request("join · sport");
    const ground = {};
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      ground[colorScheme] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
      for (const op of ["emit", "batch", "join"]) {
        await hand.fill({ op, to: "sport" });
        assert.deepEqual(await page.evaluate(lowContrast), [], `${colorScheme}, ${op}`);
      }
    }
    assert.ok(ground.light.every((c) => c > 230) && ground.dark.every((c) => c < 40), JSON.stringify(ground));
    await page.emulateMedia({ colorScheme: "light" });
    await hand.do({ op: "leave", rooms: "vip" });
    await hand.home();
    await hand.clear();
  },

  async "narrow screens need no sideways scrolling"(hand) {
    const { page } = hand;
    await hand.do({ op: "emit", to: "news", event: "a-name-without-a-place-to-break-it-".repeat(4) });
    for (const width of [320, 390, 768, 1100, 1440, 2200]) {
      await page.setViewportSize({ width, height: 900 });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(over, 0, `at ${width} pixels`);
    }
    await page.setViewportSize({ width: 1440, height: 1000 });
    await hand.clear();
  },

  async "what changes is announced"(hand) {
    const live = await hand.page.evaluate(() => ({
      answers: document.getElementById("answers").ariaLive,
      cards: Array.from(document.querySelectorAll(".card .log"), (log) => log.getAttribute("aria-live")),
      problem: document.getElementById("problem").role,
    }));
    assert.deepEqual(live, { answers: "polite", cards: Array(7).fill("polite"), problem: "alert" });
  },
};
