// From Xero's Marketplace: consent first and the form after; one more permission, explained; disconnecting and coming back.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { audit } from "./lib/audit.mjs";
import { launch } from "./lib/chromium.mjs";
import { connectedOrganisations, forgetEverything, freePortal, portal } from "./lib/cloud.mjs";
import { chooseAtXero, INGRID, SAM } from "./lib/steps.mjs";
import { Visitor } from "./lib/visitor.mjs";

let browser;
before(async () => {
  browser = await launch();
  await forgetEverything();
});
after(() => browser?.close());

const enter = (name) => Visitor.enter(browser, name, { viewport: { width: 1280, height: 900 } });

/** What Xero does not know, filled in and sent. */
async function completeForm({ page }, name) {
  await page.getByLabel("Portal address").fill(name);
  await page.getByLabel("Industry").selectOption("Retail Trade");
  await page.getByLabel("I accept the terms of collection").check();
  await page.getByLabel("I accept GO1’s privacy policy").check();
}

async function disconnect(visitor) {
  await visitor.open("/disconnect");
  await visitor.sees("disconnect", { path: "/disconnect", heading: "Disconnect Xero?" });
  await audit(visitor);
  await visitor.press(/^Disconnect/);
  await visitor.sees("disconnected", { path: "/disconnect", heading: "Xero is disconnected" });
  await audit(visitor);
}

test("an American organisation: its Xero users, the advisers unticked", async () => {
  const name = await freePortal("prairie-lantern");
  const visitor = await enter("arrival-us");
  const { page } = visitor;
  await visitor.open("/");
  await visitor.press("sign up with Xero", "link");
  await chooseAtXero(visitor, "Prairie Lantern Coffee", SAM);
  await visitor.press("Allow access");
  await visitor.sees("form", { path: "/signup", heading: "Create an account" });
  await audit(visitor);
  const filledIn = { "First name": "Sam", "Last name": "Okafor", "Work email": SAM.email, "Company name": "Prairie Lantern Coffee" };
  for (const [label, text] of Object.entries(filledIn)) assert.equal(await page.getByLabel(label).inputValue(), text);
  assert.ok(await page.getByLabel("United States").isChecked());
  await completeForm(visitor, name);
  await visitor.press("Continue");
  await visitor.sees("organisation", { path: "/organisations", heading: "Is this your organization?", title: "Confirm your organization" });
  await visitor.press("Yes, that’s us");
  await visitor.sees("courses", { path: "/preview", heading: "Your five free courses", title: "Your free courses" });
  await visitor.press("See who can be imported");
  await visitor.sees("people", { path: "/preview/people", heading: "Choose who to import" });
  await audit(visitor);
  assert.deepEqual([await page.locator("[name=people]").count(), await page.locator("[name=people]:checked").count()], [10, 8]);
  await visitor.press(/^Import/);
  await page.locator(".has-ended").waitFor({ timeout: 60_000 });
  await visitor.sees("import-ended", { path: /\/imports\/[0-9a-f]{32}/, heading: "All done: 8 people imported" });
  const { user_accounts, enrollments } = await portal(`${name}.mygo1.com`);
  assert.deepEqual([user_accounts.length, enrollments.length], [8, 40]);

  // On another day, in another browser: let in again, not signed up again.
  const home = await enter("arrival-back");
  await home.open("/connect");
  await chooseAtXero(home, "Prairie Lantern Coffee", SAM);
  await home.press("Allow access");
  await home.sees("back", { path: /\/imports\/[0-9a-f]{32}/, heading: "All done: 8 people imported" });
});

test("an Australian organisation: one more permission, then disconnected and connected again", async () => {
  const organisation = "Kookaburra Cycles";
  const visitor = await enter("arrival-au");
  await visitor.open("/connect");
  await chooseAtXero(visitor, organisation, INGRID);
  await visitor.press("Allow access");
  await visitor.sees("form", { path: "/signup", heading: "Create an account" });
  await completeForm(visitor, await freePortal("kookaburra"));
  await visitor.press("Continue");
  await visitor.press("Yes, that’s us");
  assert.equal(new URL(visitor.page.url()).pathname, "/organisations/permission");
  await visitor.sees("permission", { path: "/organisations/permission", heading: "Xero will ask you once more" });
  await audit(visitor);
  await visitor.press("Continue to Xero", "link");
  await chooseAtXero(visitor, organisation, INGRID);
  await visitor.press("Allow access");
  await visitor.sees("courses", { path: "/preview", heading: "Your five free courses", title: "Your free courses" });

  await disconnect(visitor);
  assert.ok(!(await connectedOrganisations()).includes(organisation));
  await visitor.open("/preview");
  await visitor.press("See who can be imported");
  await visitor.sees("obstacle", { path: "/preview/people", heading: "Xero is disconnected" });
  await audit(visitor);
  await visitor.press("Sign in with Xero", "link");
  await chooseAtXero(visitor, organisation, INGRID);
  await visitor.press("Allow access");
  await visitor.sees("courses-again", { path: "/preview", heading: "Your five free courses", title: "Your free courses" });
  await visitor.press("See who can be imported");
  await visitor.sees("people", { path: "/preview/people", heading: "Choose who to import" });
  // Xero adds up what a login has granted until it is revoked: the next walk begins anew.
  await disconnect(visitor);
});
