// What has the focus is to be seen (WCAG 2.2, 2.4.11), which axe does not look at: it is tabbed to, and measured.

import assert from "node:assert/strict";

/** Tabs through the whole page from its top, and says what of what had the focus was to be seen nowhere. */
export async function hiddenWhileFocused(page, most = 400) {
  await page.evaluate(() => {
    document.activeElement?.blur();
    scrollTo(0, 0);
  });
  const hidden = [];
  let focused = 0;
  for (; focused < most; focused += 1) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const { left, top, width, height } = element.getBoundingClientRect();
      // The corners, a little inside, and the middle: one of them that nothing else lies over is enough.
      const parts = [[0.5, 0.5], [0.05, 0.1], [0.95, 0.1], [0.05, 0.9], [0.95, 0.9]];
      const isSeen = parts.some(([x, y]) => {
        const on = document.elementFromPoint(left + x * width, top + y * height);
        // A row's label reaches over the whole row, so that a press anywhere in it ticks.
        return on && (element.contains(on) || on.contains(element) || on.closest("tr")?.contains(element) || on.closest("label")?.contains(element));
      });
      return { isSeen, what: element.outerHTML.slice(0, 120), first: element.matches(".skip-link") };
    });
    if (!seen || (seen.first && focused > 0)) break;
    if (!seen.isSeen) hidden.push(seen.what);
  }
  assert.ok(focused > 5, "something had the focus");
  return hidden;
}

/** Tabs on until `target` has the focus, as somebody does who has no mouse; it must be seen to have it. */
export async function tabTo(page, target, most = 200) {
  for (let pressed = 0; pressed < most; pressed += 1) {
    await page.keyboard.press("Tab");
    if (await target.evaluate((element) => element === document.activeElement)) return isMarked(target);
  }
  return assert.fail(`${target} is not reached by ${most} tabs`);
}

/** What has the focus has a line around it, or what it stands in has. */
async function isMarked(target) {
  const lines = await target.evaluate((element) => [element, element.closest("label")].filter(Boolean).map((one) => getComputedStyle(one).outlineStyle));
  assert.ok(lines.some((line) => line !== "none"), `${target} has the focus, and nothing shows it`);
}

/** How many pixels the page is wider than its window. */
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** What scrolls within the page that scrolls itself. */
export const innerScrollers = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("main *")]
      .filter((element) => /(auto|scroll)/.test(getComputedStyle(element).overflowY) && element.scrollHeight > element.clientHeight + 1)
      .map((element) => element.outerHTML.slice(0, 80)),
  );
