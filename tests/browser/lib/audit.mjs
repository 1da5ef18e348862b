// The rules of WCAG 2.2 AA that a program can check, over exactly the page that a visitor sees.

import assert from "node:assert/strict";
import axe from "axe-core";

const TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];

/** Narrow and wide, light and dark. */
const LOOKS = [
  { viewport: { width: 390, height: 844 }, colorScheme: "light" },
  { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
];

/**
 * Shows the page that the visitor has seen in windows of its own, and has axe judge it in each look. The page's policy is
 * off there, as axe would offend it, and the server is not asked again: what answered a form once can be judged, too.
 */
export async function audit({ context, answer, markup }) {
  const copy = { status: answer.status(), contentType: "text/html; charset=utf-8", body: markup };
  await Promise.all(LOOKS.map((look) => judge(context.browser(), answer.url(), copy, look)));
}

async function judge(browser, url, copy, look) {
  const context = await browser.newContext({ bypassCSP: true, ...look });
  const page = await context.newPage();
  await page.route(url, (route) => route.fulfill(copy));
  await page.goto(url, { waitUntil: "load" });
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate((values) => globalThis.axe.run({ runOnly: { type: "tag", values } }), TAGS);
  const faults = violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target} ${node.html}`));
  assert.deepEqual(faults, [], `${url} (${look.viewport.width} pixels, ${look.colorScheme})`);
  await context.close();
}
