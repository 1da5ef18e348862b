// An American organisation of two Xero users, whose people are contacts: one more consent, declined and then given, a group
// chosen, imported, and another chosen from the portal. With the script, without it, and by keyboard alone.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, test } from "node:test";
import { audit } from "./lib/audit.mjs";
import { launch } from "./lib/chromium.mjs";
import { connectedOrganisations, forgetEverything, freePortal, portal } from "./lib/cloud.mjs";
import { hiddenWhileFocused, innerScrollers, tabTo } from "./lib/focus.mjs";
import { allowAtXero, chooseAtXero, configure, endGrants, reachConsent, ROSA } from "./lib/steps.mjs";
import { Visitor } from "./lib/visitor.mjs";

const ORGANISATION = "Juniper Lane Outfitters";
const PEOPLE = { path: "/preview/people", heading: "Choose who to import" };
const PERMISSION = { path: "/preview/groups", heading: "Xero will ask you once more" };
const GROUPS = { path: "/preview/groups", heading: "Choose a contact group" };

/** Whom the group has who cannot be imported: what stands beside each name. */
const REASONS = {
  "Wanda Unreached": /No email address in Xero\. Add one in Xero/,
  "Walter Misspelt": /The email address in Xero doesn’t work: .+\. Fix it in Xero/,
  "Zelda Zzyzx": /Shares an email address with .+\. Give each person their own/,
  "(no name in Xero)": /company name only.+If it’s a person/,
  "Ada Former": /Archived in your Xero contacts\. If they work here, restore/,
  "Ingo Forgotten": /asked for their details to be erased in Xero\. Nothing to do/,
};

let browser;
before(async () => {
  browser = await launch();
});
// Whoever walked before may have allowed the contacts: then Xero would not ask for them.
beforeEach(async () => {
  await forgetEverything();
  const before = await enter("contacts-before");
  await endGrants(before, ORGANISATION, await freePortal("juniper-before"), ROSA);
  await before.context.close();
  await forgetEverything();
});
after(() => browser?.close());

const enter = (name, options) => Visitor.enter(browser, name, { viewport: { width: 1280, height: 900 }, locale: "en-US", timezoneId: "America/Chicago", acceptDownloads: true, ...options });

async function sees(visitor, picture, wanted) {
  await visitor.sees(picture, wanted);
  await audit(visitor);
}

const ticked = (page) => page.locator("[name=people]:checked").count();
const words = async (page) => (await page.locator("main").innerText()).replace(/\s+/g, " ");

/** From the form to the two who can log in to Xero. */
async function reachUsers(visitor) {
  const name = await freePortal("juniper-lane");
  await reachConsent(visitor, ORGANISATION, name, ROSA);
  await visitor.press("Allow access");
  await visitor.press("Yes, that’s us");
  await visitor.press("See who can be imported");
  return `${name}.mygo1.com`;
}

/** The choice of a group stands before the two, and is what the page would have pressed. */
async function isLedToGroups({ page }) {
  assert.equal(await ticked(page), 2);
  assert.match(await words(page), /Only 2 people can log in to Xero at Juniper Lane Outfitters\. To import everyone, put them in a contact group/);
  const lead = page.getByRole("link", { name: "Choose a contact group" });
  assert.equal(await lead.count(), 1);
  assert.ok((await lead.boundingBox()).y < (await page.locator("#people-list").boundingBox()).y, "it stands above the list");
}

/** Who can be imported and who cannot, with the reason of each. */
async function areTheForty({ page }) {
  assert.equal(await page.locator("[name=people]").count(), 34);
  assert.equal(await ticked(page), 34);
  assert.match(await words(page), /These are the people at Juniper Lane Outfitters in your Xero contact group Employees\./);
  const rows = await page.locator("#blocked tbody tr").all();
  const told = await Promise.all(rows.map(async (row) => [await row.getByRole("rowheader").innerText(), (await row.innerText()).replace(/\s+/g, " ")]));
  assert.deepEqual(told.map(([name]) => name).sort(), Object.keys(REASONS).sort());
  for (const [name, row] of told) assert.match(row, REASONS[name]);
}

test("declined, then allowed: forty contacts are imported, and another group is chosen from the portal", async () => {
  const visitor = await enter("contacts");
  const { page } = visitor;
  const domain = await reachUsers(visitor);
  await sees(visitor, "users", PEOPLE);
  await isLedToGroups(visitor);

  await visitor.press("Choose a contact group", "link");
  await sees(visitor, "permission", PERMISSION);
  assert.match(await words(page), /allow all contacts, because it has no smaller permission\. We read .+ only the group you choose/);
  await decline(visitor);

  await visitor.press("Choose a contact group", "link");
  await visitor.press("Continue to Xero", "link");
  await chooseAtXero(visitor, ORGANISATION, ROSA);
  assert.match(await words(page), /accounting\.contacts\.read/);
  await allowAtXero(visitor);
  await sees(visitor, "groups", GROUPS);
  const names = await page.locator("[name=group] ~ span .organisation-name").allInnerTexts();
  assert.deepEqual(names, ["Employees", "Empty shelf", "Suppliers"], "and none that was deleted");
  await page.getByRole("button", { name: "See who’s in this group" }).click();
  assert.equal(await page.locator("[name=group]:invalid").count(), 3, "nothing is sent without a choice");

  await page.getByLabel("Employees").check();
  await visitor.press("See who’s in this group");
  await sees(visitor, "people", PEOPLE);
  await areTheForty(visitor);
  const consequence = (await page.locator("[data-consequence]").innerText()).replace(/\s+/g, " ");
  assert.equal(consequence, "Importing 34 people: 33 new accounts, 1 existing account, 33 welcome emails, 170 course assignments. 166 of 200 places left after this.");

  await visitor.press("Import 34 people");
  await page.locator(".has-ended").waitFor({ timeout: 60_000 });
  await sees(visitor, "import-ended", { path: /\/imports\/[0-9a-f]{32}/, heading: "All done: 34 people imported" });
  await readTheReport(visitor);
  const { user_accounts, enrollments } = await portal(domain);
  assert.deepEqual([user_accounts.length, enrollments.length], [34, 170]);
  await chooseFromThePortal(domain);
});

/** Says no at Xero: everything is as it was. */
async function decline(visitor) {
  const { page } = visitor;
  await visitor.press("Continue to Xero", "link");
  await chooseAtXero(visitor, ORGANISATION, ROSA);
  await visitor.press("Cancel");
  await sees(visitor, "declined", { path: "/oauth/xero/callback", status: 400, heading: "You didn’t allow contacts" });
  assert.match(await words(page), /nothing was read, and nothing was changed/);
  await visitor.press("Choose a contact group", "link");
  await sees(visitor, "permission-again", PERMISSION);
  await visitor.press("Back to the people", "link");
  await visitor.sees("users-again", PEOPLE);
  await isLedToGroups(visitor);
  assert.ok((await connectedOrganisations()).includes(ORGANISATION));
}

async function readTheReport({ page }) {
  const downloaded = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download report (CSV)" }).click();
  const report = await downloaded;
  assert.match(report.suggestedFilename(), /^juniper-lane-outfitters-import-\d{4}-\d\d-\d\d\.csv$/);
  const lines = (await readFile(await report.path(), "utf8")).trimEnd().split(/\r?\n/).slice(1);
  const of = (result) => lines.filter((line) => new RegExp(`,"?${result}"?,`).test(line)).length;
  assert.deepEqual([lines.length, of("Imported"), of("Not imported")], [40, 34, 6]);
}

/** As an administrator: the group is named, another is chosen, then the Xero users, and nobody is offered twice. */
async function chooseFromThePortal(domain) {
  const visitor = await configure(await enter("contacts-portal"), domain, ROSA.email);
  const { page } = visitor;
  await sees(visitor, "overview", { path: "/portal", heading: "Xero: Overview" });
  assert.match(await words(page), /contact group Employees/);
  await visitor.press("Settings", "link");
  await sees(visitor, "settings", { path: "/portal/settings", heading: "Xero: Settings" });
  assert.match(await words(page), /Didn’t allow contacts in Xero/, "the trail has it in plain words");
  await visitor.press("Choose another", "link");
  await sees(visitor, "groups", GROUPS);
  assert.ok(await page.getByLabel("Employees").isChecked());
  assert.ok(await page.getByRole("link", { name: "Overview", exact: true }).isVisible(), "in the portal's frame");
  await page.getByLabel("Suppliers").check();
  await visitor.press("See who’s in this group");
  await sees(visitor, "suppliers", PEOPLE);
  assert.match(await words(page), /your Xero contact group Suppliers\..+One person can’t be imported/);
  await visitor.press(/^Choose another group/, "link");
  await visitor.press("Use your Xero users instead");
  await sees(visitor, "users", PEOPLE);
  assert.match(await words(page), /who can log in to Xero.+2 people are already imported/);
}

test("the choice on a phone, without the script", async () => {
  const visitor = await enter("contacts-phone", { viewport: { width: 390, height: 844 }, javaScriptEnabled: false });
  const { page } = visitor;
  await reachUsers(visitor);
  await sees(visitor, "users", PEOPLE);
  await isLedToGroups(visitor);
  await visitor.press("Choose a contact group", "link");
  await sees(visitor, "permission", PERMISSION);
  await visitor.press("Continue to Xero", "link");
  await chooseAtXero(visitor, ORGANISATION, ROSA);
  await allowAtXero(visitor);
  await sees(visitor, "groups", GROUPS);
  await page.getByText("Employees", { exact: true }).click();
  await visitor.press("See who’s in this group");
  await sees(visitor, "people", PEOPLE);
  await areTheForty(visitor);

  await visitor.press(/^Choose another group/, "link");
  await page.getByText("Empty shelf", { exact: true }).click();
  await visitor.press("See who’s in this group");
  await sees(visitor, "nobody", { path: "/preview/people", heading: "There’s no one in this contact group" });
  await visitor.press("Choose another group", "link");
  await visitor.sees("groups-chosen", GROUPS);
  assert.ok(await page.getByLabel("Empty shelf").isChecked());
  await visitor.press("Use your Xero users instead");
  await visitor.sees("users-again", PEOPLE);
  await isLedToGroups(visitor);
});

test("the choice and the import by keyboard alone", async () => {
  const visitor = await enter("contacts-keyboard");
  const { page } = visitor;
  const domain = await reachUsers(visitor);
  const follow = async (role, name) => {
    await tabTo(page, page.getByRole(role, { name }).first());
    const loaded = page.waitForEvent("load");
    await page.keyboard.press("Enter");
    await loaded;
  };
  await follow("link", "Choose a contact group");
  await visitor.sees("permission", PERMISSION);
  assert.deepEqual(await hiddenWhileFocused(page), []);
  await follow("link", "Continue to Xero");
  // Xero's own pages are Xero's: how one gets about in them is not ours to try.
  await chooseAtXero(visitor, ORGANISATION, ROSA);
  await allowAtXero(visitor);

  await visitor.sees("groups", GROUPS);
  assert.deepEqual(await hiddenWhileFocused(page), []);
  assert.deepEqual(await innerScrollers(page), []);
  await page.evaluate(() => document.activeElement?.blur());
  await tabTo(page, page.getByLabel("Employees"));
  for (const name of ["Empty shelf", "Suppliers", "Employees"]) {
    await page.keyboard.press("ArrowDown");
    assert.ok(await page.getByLabel(name).isChecked(), name);
  }
  await visitor.takePicture("groups-chosen", false);
  await follow("button", "See who’s in this group");

  await visitor.sees("people", PEOPLE);
  await tabTo(page, page.locator("[name=people]").first());
  await page.keyboard.press("Space");
  assert.equal(await ticked(page), 33);
  await follow("button", "Import 33 people");
  await page.locator(".has-ended").waitFor({ timeout: 60_000 });
  await visitor.sees("import-ended", { path: /\/imports\/[0-9a-f]{32}/, heading: "All done: 33 people imported" });
  const { enrollments } = await portal(domain);
  assert.equal(enrollments.length, 165);
});
