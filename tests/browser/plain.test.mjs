// The journey on a phone without any script, and every page of it by the rules of WCAG 2.2 AA.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { audit } from "./lib/audit.mjs";
import { launch } from "./lib/chromium.mjs";
import { forgetEverything, freePortal, portal, slowDownGo1 } from "./lib/cloud.mjs";
import { chooseAtXero, fillSignUp, OLIVIA } from "./lib/steps.mjs";
import { Visitor } from "./lib/visitor.mjs";

const ORGANISATION = "Wattle Grove Books";

let browser;
before(async () => {
  browser = await launch();
  await forgetEverything();
});
after(async () => {
  await slowDownGo1(0);
  await browser?.close();
});

test("7 people: on a phone, without the script, accessible", async () => {
  const name = await freePortal("wattle-grove");
  const visitor = await Visitor.enter(browser, "phone", { viewport: { width: 390, height: 844 }, javaScriptEnabled: false });
  const { page } = visitor;
  const sees = async (picture, wanted) => {
    await visitor.sees(picture, wanted);
    await audit(visitor);
  };
  await visitor.open("/");
  await sees("landing", { path: "/", heading: "Five free courses for everyone on your team", title: "Five free courses for your team" });
  await visitor.press("Help", "link");
  await sees("help", { path: "/help", heading: "Help" });
  await visitor.open("/no-such-page");
  await sees("not-found", { path: "/no-such-page", status: 404, heading: "We can’t find that page" });

  await visitor.open("/signup");
  await sees("form", { path: "/signup", heading: "Create an account" });
  await visitor.press("Continue to Xero");
  await sees("form-empty", { path: "/signup", status: 422, heading: "Create an account", title: "Error: Create an account" });
  assert.equal(await page.locator(".field .field-error").count(), 9);
  await fillSignUp(visitor, ORGANISATION, "no portal address");
  await visitor.press("Continue to Xero");
  await sees("form-error", { path: "/signup", status: 422, heading: "Create an account", title: "Error: Create an account" });
  await fillSignUp(visitor, ORGANISATION, name);
  await visitor.press("Continue to Xero");
  await chooseAtXero(visitor, ORGANISATION);
  await visitor.press("Allow access");

  await sees("organisation", { path: "/organisations", heading: "Is this your organisation?", title: "Confirm your organisation" });
  await visitor.press("Yes, that’s us");
  await sees("courses", { path: "/preview", heading: "Your five free courses", title: "Your free courses" });
  await visitor.press("See who can be imported");
  await sees("people", { path: "/preview/people", heading: "Choose who to import" });
  assert.equal(await page.locator("[name=people]:checked").count(), 7);
  assert.equal(await page.locator("[data-script]").isVisible(), false, "no button that needs the script");
  const herself = page.locator("tr", { hasText: OLIVIA.email });
  assert.match(await herself.innerText(), /Has an account/);
  assert.match(await page.locator(".consequence.is-above").innerText(), /6 new accounts,\s+1 existing account,\s+6 welcome emails,\s+35 course assignments/);
  // On a phone the whole row is the label: pressing anywhere in it ticks.
  for (const label of await page.locator("#people-list tr label").all()) await label.click();
  assert.equal(await page.locator("[name=people]:checked").count(), 0);
  await visitor.press("Update the numbers");
  assert.equal(await page.locator("[name=people]:checked").count(), 0, "the ticks are kept");
  assert.match(await page.locator(".consequence.is-above").innerText(), /0 new accounts/);
  await visitor.press(/^Import/);
  await sees("people-nobody-ticked", { path: "/preview/people", heading: "Choose who to import", title: "Error: Choose who to import" });
  for (const label of await page.locator("#people-list tr label").all()) await label.click();

  await slowDownGo1(1500);
  await visitor.press(/^Import/);
  const begun = visitor.answer;
  await sees("import-begun", { path: /\/imports\/[0-9a-f]{32}/, heading: /Getting your import ready|Importing your people/ });
  await page.locator(".has-ended").waitFor({ timeout: 60_000 });
  assert.notEqual(visitor.answer, begun, "the page loads itself again");
  await sees("import-ended", { path: /\/imports\/[0-9a-f]{32}/, heading: "All done: 7 people imported" });
  await visitor.press("Go to your portal", "link");
  await sees("get-started", { path: "/get-started", heading: "Your portal is ready", title: "Your portal" });
  await visitor.press("Open my portal");
  assert.equal(new URL(page.url()).pathname, `/portals-home/${name}.mygo1.com`);
  const { user_accounts, enrollments } = await portal(`${name}.mygo1.com`);
  assert.deepEqual([user_accounts.length, enrollments.length], [7, 35]);
});
