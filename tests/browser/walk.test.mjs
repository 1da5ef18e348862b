// The whole journey of the 213 people, in a window on a desk, with the script on.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { launch } from "./lib/chromium.mjs";
import { hiddenWhileFocused, innerScrollers, overflow } from "./lib/focus.mjs";
import { forgetEverything, freePortal, portal, slowDownGo1 } from "./lib/cloud.mjs";
import { chooseAtXero, fillSignUp, OLIVIA } from "./lib/steps.mjs";
import { Visitor } from "./lib/visitor.mjs";

const ORGANISATION = "Harbour & Hearth Hospitality";

let browser;
before(async () => {
  browser = await launch();
  await forgetEverything();
});
after(async () => {
  await slowDownGo1(0);
  await browser?.close();
});

test("213 people: from the landing page into the portal", async () => {
  const name = await freePortal("harbour-hearth");
  const visitor = await Visitor.enter(browser, "walk", { viewport: { width: 1280, height: 900 } });
  await visitor.open("/");
  await visitor.sees("landing", { path: "/", heading: "Five free courses for everyone on your team", title: "Five free courses for your team" });
  await visitor.press("Create an account", "link");
  await visitor.sees("form", { path: "/signup", heading: "Create an account" });
  await correctTheForm(visitor, name);
  await visitor.takePicture("xero-login");
  await chooseAtXero(visitor, ORGANISATION);
  await visitor.takePicture("xero-consent");
  await visitor.press("Allow access");
  await visitor.sees("organisation", { path: "/organisations", heading: "Is this your organisation?", title: "Confirm your organisation" });
  assert.equal((await visitor.context.cookies(visitor.page.url())).length, 1, "the session that every page has checked");
  assert.equal(await visitor.page.locator(".organisation-name").innerText(), ORGANISATION);
  assert.equal(await visitor.page.locator(".organisation-country").innerText(), "Australia");
  await visitor.press("Yes, that’s us");
  await lookAtCourses(visitor);
  await visitor.press("See who can be imported");
  await lookAtPeople(visitor);
  await slowDownGo1(100);
  await visitor.press("Import 200 people");
  await watchTheImport(visitor);
  await readTheReport(visitor);
  await visitor.press("Go to your portal", "link");
  await visitor.sees("get-started", { path: "/get-started", heading: "Your portal is ready", title: "Your portal" });
  await visitor.press("Open my portal");
  await lookAtThePortal(visitor, `${name}.mygo1.com`);
});

/** Posts the form with mistakes, is told so beside each field, corrects them, and goes on to Xero. */
async function correctTheForm(visitor, name) {
  const { page } = visitor;
  await fillSignUp(visitor, ORGANISATION, "Harbour & Hearth!");
  await page.getByLabel("Last name").fill("");
  await page.getByLabel("Work email").fill("olivia.hartley");
  await visitor.press("Continue to Xero");
  await visitor.sees("form-errors", { path: "/signup", status: 422, heading: "Create an account", title: "Error: Create an account" });

  const wrong = page.locator(".field.has-error");
  assert.deepEqual(await wrong.locator("input").evaluateAll((inputs) => inputs.map((input) => input.name)), ["family_name", "email", "portal"]);
  for (const input of await wrong.locator("input").all()) {
    const field = await input.getAttribute("name");
    const error = page.locator(`.field:has([name=${field}]) #${field}-error`);
    assert.match(await error.textContent(), /^Error: [A-Z].+/);
    assert.ok((await input.getAttribute("aria-describedby")).split(" ").includes(`${field}-error`), field);
    assert.equal(await input.getAttribute("aria-invalid"), "true", field);
  }
  assert.equal(await page.getByRole("alert").evaluate((summary) => summary === document.activeElement), true, "the summary has the focus");

  const kept = await page.locator("form.card").evaluate((form) => Object.fromEntries(new FormData(form)));
  delete kept.form_token;
  assert.deepEqual(kept, {
    given_name: "Olivia",
    family_name: "",
    email: "olivia.hartley",
    company: ORGANISATION,
    country: "AU",
    industry: "Retail Trade",
    portal: "Harbour & Hearth!",
    accept_collection: "on",
    accept_terms: "on",
  });
  await page.getByLabel("Last name").fill("Hartley");
  await page.getByLabel("Work email").fill(OLIVIA.email.replace(/com$/, "con"));
  await page.getByLabel("Portal address").fill(name);
  await visitor.press("Continue to Xero");
  await visitor.sees("form-email-asked", { path: "/signup", status: 422, heading: "Create an account", title: "Error: Create an account" });
  assert.match(await page.locator("#email-error").textContent(), new RegExp(`Did you mean ${OLIVIA.email}\\?`));
  await page.getByLabel("Work email").fill(OLIVIA.email);
  await visitor.press("Continue to Xero");
}

async function lookAtCourses(visitor) {
  const pictures = visitor.page.locator(".course img");
  assert.equal(await pictures.count(), 5);
  for (const picture of await pictures.all()) {
    await picture.scrollIntoViewIfNeeded();
    assert.ok(await picture.evaluate((image) => image.decode().then(() => image.naturalWidth > 0)), "a picture is there");
  }
  await visitor.sees("courses", { path: "/preview", heading: "Your five free courses", title: "Your free courses" });
}

async function lookAtPeople(visitor) {
  const { page } = visitor;
  const consequence = async () => (await page.locator("[data-consequence]").innerText()).replace(/\s+/g, " ");
  const all = "Importing 200 people: 200 new accounts, 200 welcome emails, 1,000 course assignments. 0 of 200 places left after this.";
  await visitor.sees("people", { path: "/preview/people", heading: "Choose who to import" });
  const sums = await page.locator(".sum dd").allInnerTexts();
  assert.deepEqual(sums, ["213", "200", "4", "9"]);
  assert.equal(await page.locator("#blocked tbody tr").count(), 9);
  assert.equal(await consequence(), all);
  await goOverItOnAPhone(page);

  const first = page.locator("[name=people]").first();
  await first.uncheck();
  assert.equal(await consequence(), "Importing 199 people: 199 new accounts, 199 welcome emails, 995 course assignments. 1 of 200 places left after this.");
  await page.getByRole("button", { name: "Import 199 people" }).waitFor();
  await page.locator("[data-live]").filter({ hasText: "199 people" }).waitFor({ state: "attached" });
  await first.check();
  assert.equal(await consequence(), all);

  const shown = page.locator("#people-list tbody tr:visible");
  await page.getByLabel("Find by name or email").fill("adeyemi");
  const found = await shown.allInnerTexts();
  assert.ok(found.length > 0 && found.length < 20 && found.every((row) => /adeyemi/i.test(row)), found.join("\n"));
  await visitor.takePicture("people-found");
  await page.getByLabel("Find by name or email").fill("nobody is called that");
  assert.equal(await shown.count(), 0);
  await page.getByText("No one matches.").waitFor();
  await page.getByLabel("Find by name or email").fill("");
  assert.equal(await shown.count(), 204);

  assert.equal(await page.getByRole("button", { name: "Tick all" }).count(), 0, "all of them would be too many");
  await page.getByRole("button", { name: "Show unticked" }).click();
  assert.equal(await shown.count(), 4);
  await page.getByText("4 of 204").waitFor();
  for (const tick of await page.locator("[name=people]:visible").all()) await tick.check();
  await page.getByText("4 too many: 204 people need a place, and 200 are left. Untick 4 to continue.").waitFor();
  await visitor.takePicture("people-too-many");
  await page.getByRole("button", { name: "Show unticked" }).click();
  await page.getByRole("button", { name: "Tick none" }).click();
  assert.equal(await page.locator("[name=people]:checked").count(), 0);
  await page.getByRole("button", { name: "Tick the first 200" }).click();
  assert.equal(await consequence(), all);
}

/** On a phone somebody is to be seen at once, one thing scrolls, and nobody who has the focus lies below the bar. */
async function goOverItOnAPhone(page) {
  const { width, height } = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  assert.equal(await overflow(page), 0);
  assert.deepEqual(await innerScrollers(page), []);
  await page.evaluate(() => scrollTo(0, 0));
  const bar = await page.locator(".confirm").boundingBox();
  const person = await page.locator("#people-list tbody tr").first().boundingBox();
  assert.ok(bar.height <= 72, `a bar of one line, not ${bar.height} pixels`);
  assert.ok(person.y + person.height <= bar.y, "the first person stands above the bar");
  assert.deepEqual(await hiddenWhileFocused(page), []);
  await page.setViewportSize({ width, height });
}

/** The page keeps itself current: the same document goes from the first person to the last. */
async function watchTheImport(visitor) {
  const { page } = visitor;
  await page.locator("[data-row]").first().waitFor();
  const title = /(\d+%: )?Importing your people/;
  await visitor.sees("import-begun", { path: /\/imports\/[0-9a-f]{32}/, heading: "Importing your people", title });
  const document = await page.evaluateHandle(() => globalThis.document);
  await page.locator("[data-percent]").filter({ hasText: /^[1-9]\d?$/ }).waitFor();
  assert.ok(await document.evaluate((begun) => begun === globalThis.document), "nothing was loaded again");
  assert.match(await page.title(), /^\d+%: Importing your people · GO1$/);
  await visitor.takePicture("import-runs");
  await page.locator(".has-ended").waitFor({ timeout: 120_000 });
  await page.waitForLoadState("load");
  await visitor.sees("import-ended", { path: /\/imports\/[0-9a-f]{32}/, heading: "All done: 200 people imported" });
  const sums = page.locator(".sums dd");
  assert.deepEqual(await sums.allInnerTexts(), ["200", "200", "0", "0", "0"]);
  assert.equal(await page.locator(".state.is-done").count(), 200);
}

async function readTheReport(visitor) {
  const { page } = visitor;
  const downloaded = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download report (CSV)" }).click();
  const report = await downloaded;
  assert.match(report.suggestedFilename(), /^harbour-hearth-hospitality-import-\d{4}-\d\d-\d\d\.csv$/);
  const lines = (await readFile(await report.path(), "utf8")).trimEnd().split(/\r?\n/);
  assert.match(lines[0], /^\uFEFF?.*Email.*Result/);
  assert.equal(lines.length - 1, 213);
  assert.equal(lines.filter((line) => /,"?Imported"?,/.test(line)).length, 200);
}

async function lookAtThePortal(visitor, domain) {
  const { page } = visitor;
  await visitor.takePicture("portal", false);
  const { hostname, pathname } = new URL(page.url());
  assert.deepEqual([hostname, pathname, visitor.answer.status()], ["go1.localhost", `/portals-home/${domain}`, 200]);
  assert.equal(await page.locator("h1").innerText(), ORGANISATION);
  assert.match(await page.locator("main").innerText(), /logged in as Olivia Hartley/);
  visitor.isContent("the portal");
  const { user_accounts, enrollments } = await portal(domain);
  assert.deepEqual([user_accounts.length, enrollments.length], [201, 1000]);
}
