// The pictures that README.md and docs/screens.md show, from the gallery: `make screenshots` takes them anew.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { launch } from "./lib/chromium.mjs";
import { HERE, serveGallery } from "./lib/gallery.mjs";

const SCREENS = fileURLToPath(new URL("../../docs/screens/", import.meta.url));
const DESK = { viewport: { width: 1200, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 } };

/** The name of each picture, and the page and the look that it is of. */
const PICTURES = {
  "landing": ["landing.html", DESK],
  "sign-up": ["sign-up.html", PHONE],
  "people-preview": ["people.html", DESK],
  "people-phone": ["people.html", PHONE],
  "contact-groups": ["us/contact-groups.html", PHONE],
  "import": ["import-running.html", DESK],
  "overview": ["portal-overview.html", { ...DESK, colorScheme: "dark" }],
};

mkdirSync(SCREENS, { recursive: true });
const browser = await launch();
for (const [name, [file, look]] of Object.entries(PICTURES)) {
  const context = await browser.newContext({ reducedMotion: "reduce", bypassCSP: true, ...look });
  const page = await context.newPage();
  await serveGallery(page);
  const answer = await page.goto(`${HERE}/${file}`, { waitUntil: "load" });
  if (!answer.ok()) throw new Error(`the gallery has no ${file}`);
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(() => document.activeElement?.blur());
  await page.screenshot({ path: `${SCREENS}${name}.png` });
  await context.close();
}
await browser.close();
console.log(`${Object.keys(PICTURES).length} pictures in docs/screens/`);
