// Every page in every state, as `make gallery` writes them: what axe finds, what is wider than its window, also at four
// times the size, what has the focus and is not seen, and pictures of all of them. Needs no cloud.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { launch } from "./lib/chromium.mjs";
import { hiddenWhileFocused, innerScrollers, overflow } from "./lib/focus.mjs";
import { GALLERY, HERE, serveGallery } from "./lib/gallery.mjs";

const SCREENS = process.env.SCREENS ?? fileURLToPath(new URL("../../target/e2e/screens", import.meta.url));
const TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];
/** A part of the pages, by a pattern of their names: to look at a few while they are worked on. */
const ONLY = new RegExp(process.env.ONLY ?? "");

/** Axe judges colours and sizes, so a narrow light page and a wide dark one tell what the other two would. */
const LOOKS = [
  { name: "phone-light", viewport: { width: 390, height: 844 }, colorScheme: "light", isJudged: true },
  { name: "phone-dark", viewport: { width: 390, height: 844 }, colorScheme: "dark" },
  { name: "desk-light", viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  { name: "desk-dark", viewport: { width: 1280, height: 900 }, colorScheme: "dark", isJudged: true },
];
/** A window of 1280 pixels at four times the size (WCAG 2.1, 1.4.10). */
const REFLOW = { viewport: { width: 320, height: 256 } };

const pagesOf = (folder) =>
  readdirSync(`${GALLERY}/${folder}`)
    .filter((file) => file.endsWith(".html") && file !== "index.html" && ONLY.test(file))
    .map((file) => `${folder}${file}`);

let browser;
let pages;
before(async () => {
  pages = [...pagesOf(""), ...pagesOf("us/")];
  assert.ok(pages.length > 0, `${GALLERY} has pages: make gallery writes them`);
  browser = await launch();
});
after(() => browser?.close());

/** Opens each page in a look, and hands it on with what the console said of it. */
async function each({ name, isJudged, ...look }, files, examine) {
  const context = await browser.newContext({ reducedMotion: "reduce", bypassCSP: true, ...look });
  const page = await context.newPage();
  const said = [];
  page.on("console", (line) => line.type() === "error" && said.push(line.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  const foreign = await serveGallery(page);
  for (const file of files) {
    await page.goto(`${HERE}/${file}`, { waitUntil: "load" });
    await examine(page, file);
  }
  await context.close();
  return { said, foreign };
}

/**
 * Whether a target is too small in the middle of the window as well: the bar at the window's lower edge covers part of whatever
 * the page happens to have there, and a scroll uncovers it.
 */
async function isSmallInTheMiddle(page, target) {
  const found = await page.evaluate(async (selector) => {
    document.querySelector(selector)?.scrollIntoView({ block: "center" });
    const { violations } = await globalThis.axe.run(selector, { runOnly: ["target-size"] });
    scrollTo(0, 0);
    return violations.length;
  }, String(target));
  return found > 0;
}

for (const look of LOOKS) {
  test(`${look.name}: nothing wider than the window, in the console, from elsewhere${look.isJudged ? ", or for axe" : ""}`, async () => {
    mkdirSync(`${SCREENS}/us`, { recursive: true });
    const faults = [];
    const { said, foreign } = await each(look, pages, async (page, file) => {
      if ((await overflow(page)) > 0) faults.push(`${file}: wider than its window`);
      await page.screenshot({ path: `${SCREENS}/${file.replace(/\.html$/, "")}.${look.name}.png`, fullPage: true });
      if (!look.isJudged) return;
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate((values) => globalThis.axe.run({ runOnly: { type: "tag", values } }), TAGS);
      for (const { id, nodes } of violations) {
        for (const node of nodes) {
          if (id === "target-size" && !(await isSmallInTheMiddle(page, node.target))) continue;
          faults.push(`${file}: ${id}: ${node.target} ${node.html.slice(0, 160)}`);
        }
      }
    });
    assert.deepEqual({ faults, said, foreign }, { faults: [], said: [], foreign: [] });
  });
}

test("at four times the size every page is one column, and in forced colours a press is still a button", async () => {
  const faults = [];
  await each(REFLOW, pages, async (page, file) => {
    if ((await overflow(page)) > 0) faults.push(`${file}: wider than its window`);
  });
  await each({ ...LOOKS[2], forcedColors: "active" }, pages, async (page, file) => {
    const bare = await page.locator("a.button, button.button").evaluateAll((buttons) =>
      buttons.filter((button) => button.checkVisibility() && getComputedStyle(button).borderTopWidth === "0px").length,
    );
    if (bare > 0) faults.push(`${file}: ${bare} buttons without an edge`);
  });
  assert.deepEqual(faults, []);
});

test("sums that find no room in one row stand in rows of nearly as many, from the narrowest phone to a tablet", async () => {
  const faults = [];
  const files = pages.filter((file) => /^(people|import|undo)/.test(file));
  await each(LOOKS[0], files, async (page, file) => {
    if ((await page.locator(".sums").count()) === 0) return;
    for (const width of [320, 360, 390, 430, 512, 520, 704, 712, 760]) {
      await page.setViewportSize({ width, height: 844 });
      const rows = await page.locator(".sums .sum").evaluateAll((sums) => {
        const tops = sums.map((sum) => Math.round(sum.getBoundingClientRect().top));
        return [...new Set(tops)].map((top) => tops.filter((other) => other === top).length);
      });
      if (Math.max(...rows) - Math.min(...rows) > 1) faults.push(`${file} at ${width}: ${rows.join(" + ")}`);
    }
    await page.setViewportSize(LOOKS[0].viewport);
  });
  assert.deepEqual(faults, []);
});

test("five people are left out by name, and the list then says nothing that has become untrue", async () => {
  const [longest] = pages.filter((file) => file === "people.html");
  for (const look of longest ? [LOOKS[0], LOOKS[2]] : []) {
    await each(look, [longest], async (page) => {
      const person = await page.locator("#people-list tbody tr").first().boundingBox();
      const bar = await page.locator(".confirm").boundingBox();
      assert.ok(person.y + person.height <= bar.y, "the first person stands above the bar");
      const search = page.getByRole("searchbox", { name: "Find by name or email" });
      const boxes = page.getByRole("checkbox");
      const noRoom = page.getByText("your portal has no places left").locator("visible=true");
      assert.equal(await noRoom.count(), 4, "as many as are over the limit");
      const names = await page.locator("form[data-people] tbody label").allInnerTexts();
      // A name that stands there once is found by typing it.
      const five = names.slice(0, 200).filter((name) => names.filter((other) => other.includes(name)).length === 1).slice(0, 5);
      for (const name of five) {
        await search.fill(name);
        assert.equal(await boxes.count(), 1, name);
        // On a phone the name is the whole row.
        await page.getByText(name, { exact: true }).click();
      }
      await search.fill("");
      await page.getByRole("button", { name: "Import 195 people" }).waitFor();
      assert.equal(await noRoom.count(), 0, "there are five places now");
      await page.getByRole("button", { name: "Show unticked" }).click();
      assert.equal(await boxes.count(), 9, "those five, and the four whom the list left out");
    });
  }
});

test("what has the focus is seen, on a phone and on a desk, and one thing scrolls", async () => {
  const faults = [];
  // The longest list of each kind; of the others one.
  const tabbed = pages.filter((file) => /^(people|people-again|import-partly-done|portal-users|portal-settings|sign-up|help|landing)\.html$/.test(file));
  for (const look of [LOOKS[0], LOOKS[2]]) {
    await each(look, tabbed, async (page, file) => {
      for (const hidden of await hiddenWhileFocused(page)) faults.push(`${file} (${look.name}): ${hidden}`);
      for (const inner of await innerScrollers(page)) faults.push(`${file} (${look.name}): scrolls within: ${inner}`);
    });
  }
  assert.deepEqual(faults, []);
});

test("what can be pressed is large enough, or has room around it", async () => {
  const faults = [];
  await each(LOOKS[0], pages, async (page, file) => {
    const small = await page.locator("button, input[type=checkbox], input[type=radio], select, a.button, nav a").evaluateAll((targets) =>
      targets
        .filter((target) => target.checkVisibility() && !target.closest(".visually-hidden, .skip-link"))
        .filter((target) => {
          const { width, height } = target.getBoundingClientRect();
          // WCAG 2.2, 2.5.8: 24 by 24 pixels; a label around a box belongs to it.
          const { width: wide, height: high } = (target.closest("label") ?? target).getBoundingClientRect();
          return Math.max(width, wide) < 24 || Math.max(height, high) < 24;
        })
        .map((target) => target.outerHTML.slice(0, 100)),
    );
    for (const target of small) faults.push(`${file}: ${target}`);
  });
  assert.deepEqual(faults, []);
});
