// Managing the integration from the portal: every sentence of GO1's own help article about it, then what goes beyond it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { audit } from "./lib/audit.mjs";
import { launch } from "./lib/chromium.mjs";
import { addEmployee, connectedOrganisations, endSessions, forgetEverything, freePortal, GO1, personalTexts, portal, resetOrganisation } from "./lib/cloud.mjs";
import { allowAtXero, chooseAtXero, configure, logInAtGo1, OLIVIA, reachConsent } from "./lib/steps.mjs";
import { Visitor } from "./lib/visitor.mjs";

const ORGANISATION = "Wattle Grove Books";

let browser;
let domain;
before(async () => {
  browser = await launch();
  await forgetEverything();
});
after(async () => {
  // Whoever was put on its payroll here is nobody's business elsewhere.
  await resetOrganisation(ORGANISATION);
  await browser?.close();
});

const enter = (name, options) => Visitor.enter(browser, name, { viewport: { width: 1280, height: 900 }, acceptDownloads: true, ...options });

async function sees(visitor, picture, wanted) {
  await visitor.sees(picture, wanted);
  await audit(visitor);
}

/** Presses Import on the people's page, and waits until it has ended. */
async function importThem(visitor) {
  await visitor.press(/^Import/);
  await visitor.page.locator(".has-ended").waitFor({ timeout: 60_000 });
}

test("a portal to manage: two of seven people are imported at sign-up", async () => {
  const visitor = await enter("manage-sign-up");
  const { page } = visitor;
  const name = await freePortal("wattle-manage");
  domain = `${name}.mygo1.com`;
  await reachConsent(visitor, ORGANISATION, name);
  await visitor.press("Allow access");
  await visitor.press("Yes, that’s us");
  await visitor.press("See who can be imported");
  for (const tick of (await page.locator("[name=people]").all()).slice(2)) await tick.uncheck();
  await importThem(visitor);
});

test("the article's walk: Integrations, Configure, Overview, Settings, Users, import again", async () => {
  const visitor = await enter("manage");
  const { page } = visitor;

  // 1. "Login to your GO1 portal and navigate to the 'Integrations' page"
  await visitor.open(`${GO1}/portals-home/${domain}`);
  await visitor.press("Integrations", "link");
  await visitor.takePicture("integrations");

  // 2. "Click on 'Configure' for the Xero addon"
  await visitor.press("Configure", "link");
  await visitor.takePicture("log-in-with-go1");
  await logInAtGo1(visitor, domain, OLIVIA.email);

  // 3. "On the 'Xero - Overview' addon page you are able to view information about the integration"
  await sees(visitor, "overview", { path: "/portal", heading: "Xero: Overview" });
  const overview = await page.locator("main").innerText();
  for (const said of [ORGANISATION, "Australia", "Olivia Hartley", "of 200", "Recent imports", "Where the data goes"]) {
    assert.ok(overview.includes(said), said);
  }

  // 4. "You can click across to the 'Settings' tab to view basic information on how the integration is being used and can
  //    disconnect the integration"
  await visitor.press("Settings", "link");
  await sees(visitor, "settings", { path: "/portal/settings", heading: "Xero: Settings" });
  assert.ok(await page.getByRole("link", { name: "Disconnect Xero" }).isVisible());
  assert.match(await page.locator("main").innerText(), /Audit trail/);

  // 5. "If you click to import users from Xero on the 'Overview' tab it takes you to the Users management page where you
  //    have an overview of your current users and the option to import from Xero"
  await visitor.press("Overview", "link");
  await visitor.press("Import users from Xero", "link");
  await sees(visitor, "users", { path: "/portal/users", heading: "Xero: Users" });
  assert.equal(await page.locator(".is-users tbody tr a[href^='/imports/']").count(), 2, "who was imported is marked");

  // 6. "After Clicking to import users it gets you a brief overview of users that will be imported from your Xero system as
  //    well as highlighting those who cannot as they do not have an email address associated with them"
  await addEmployee(ORGANISATION, { first_name: "Noemi", last_name: "Withoutmail" });
  await visitor.press(/^Import from Xero/);
  await sees(visitor, "people", { path: "/preview/people", heading: "Choose who to import" });
  assert.equal(await page.locator("[name=people]:checked").count(), 5);
  const people = await page.locator("main").innerText();
  assert.match(people, /Noemi Withoutmail/);
  assert.match(people, /no email/i);
  assert.ok(await page.getByRole("link", { name: "Overview", exact: true }).isVisible(), "in the portal's frame");
  await importThem(visitor);
  await sees(visitor, "imported", { path: /\/imports\/[0-9a-f]{32}/, heading: "All done: 5 people imported" });

  // 7. "After importing Xero employees you are able to come back and redo this whenever is needed as you add more users into
  //    your Xero system up to a total of 200 users"
  await addEmployee(ORGANISATION, { first_name: "Priya", last_name: "Newcomer", email: "priya.newcomer@example.com" });
  await visitor.open("/portal/users");
  await visitor.press(/^Import from Xero/);
  assert.equal(await page.locator("[name=people]:checked").count(), 1);
  await importThem(visitor);
  await visitor.sees("imported-again", { path: /\/imports\/[0-9a-f]{32}/, heading: "All done: 1 person imported" });
  await visitor.open("/portal");
  assert.match(await page.locator("main").innerText(), /Places used: 8 of 200/);

  await visitor.open("/portal/users");
  await page.getByRole("searchbox").fill("priya.newcomer@example.com");
  await visitor.press("Search");
  await sees(visitor, "user-found", { path: "/portal/users", heading: "Xero: Users" });
  assert.equal(await page.locator(".is-users tbody tr").count(), 1);
});

test("undo: the courses go and the account is deactivated, and nobody else is touched", async () => {
  const visitor = await configure(await enter("manage-undo"), domain, OLIVIA.email);
  const { page } = visitor;
  await page.getByRole("link", { name: /^Undo/ }).first().click();
  await sees(visitor, "undo", { path: /\/portal\/undo\/[0-9a-f]{32}/, heading: "Undo this import?" });
  await visitor.press("Undo the import");
  await page.locator(".has-ended").waitFor({ timeout: 60_000 });
  await sees(visitor, "undone", { path: /\/imports\/[0-9a-f]{32}/, heading: /.+/, title: /.+/ });
  const { user_accounts, enrollments } = await portal(domain);
  assert.equal(enrollments.length, 35);
  assert.deepEqual(user_accounts.filter((account) => !account.active).map((account) => account.email), ["priya.newcomer@example.com"]);
});

test("only an administrator of this portal gets in, and for an hour", async () => {
  const learner = await enter("manage-learner");
  await learner.open(`${GO1}/portals-home/${domain}/integrations`);
  await learner.press("Configure", "link");
  const { user_accounts } = await portal(domain);
  const somebody = user_accounts.find((account) => account.active && account.email !== OLIVIA.email);
  await logInAtGo1(learner, domain, somebody.email);
  await sees(learner, "learner", { path: "/oauth/go1/callback", status: 403, heading: /.*administrator.*/i, title: /.+/ });

  const stranger = await enter("manage-stranger");
  await stranger.open(`${GO1}/portals-home/${domain}/integrations`);
  await stranger.press("Configure", "link");
  await logInAtGo1(stranger, "acme.mygo1.com", "ada.forsyth@acme.example.com");
  await sees(stranger, "another-portal", { path: "/oauth/go1/callback", status: 403, heading: "That’s a different portal", title: /.+/ });

  const late = await configure(await enter("manage-late"), domain, OLIVIA.email);
  await endSessions();
  await late.open("/portal/settings");
  await sees(late, "session-over", { path: "/portal/settings", status: 401, heading: "You’ve been signed out" });
  await late.press("Sign in with GO1", "link");
  await logInAtGo1(late, domain, OLIVIA.email);
  await late.sees("back", { path: "/portal", heading: "Xero: Overview" });
});

test("disconnect, reconnect, and erase with a receipt", async () => {
  const visitor = await configure(await enter("manage-end", { viewport: { width: 390, height: 844 } }), domain, OLIVIA.email);
  const { page } = visitor;
  await visitor.open("/portal/settings");
  await visitor.press("Disconnect Xero", "link");
  await sees(visitor, "disconnect", { path: "/disconnect", heading: "Disconnect Xero?" });
  await visitor.press("Disconnect Xero");
  await sees(visitor, "disconnected", { path: "/disconnect", heading: "Xero is disconnected" });
  assert.ok(!(await connectedOrganisations()).includes(ORGANISATION));
  await visitor.open("/portal");
  await sees(visitor, "overview-disconnected", { path: "/portal", heading: "Xero: Overview" });
  await visitor.press("Reconnect Xero", "link");
  await chooseAtXero(visitor, ORGANISATION);
  await allowAtXero(visitor);
  assert.match(new URL(page.url()).pathname, /^\/portal/, "still in the portal");
  assert.ok((await connectedOrganisations()).includes(ORGANISATION));

  await visitor.open("/portal/erase");
  await sees(visitor, "erase", { path: "/portal/erase", heading: "Erase what we hold?" });
  await visitor.press("Erase what we hold");
  await sees(visitor, "receipt", { path: /\/portal\/receipts\/.+/, heading: "Your data has been erased" });
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download the receipt" }).click();
  const receipt = await readFile(await (await download).path(), "utf8");
  assert.ok(receipt.includes(domain));
  assert.ok(!(await connectedOrganisations()).includes(ORGANISATION));
  const { user_accounts } = await portal(domain);
  const held = await personalTexts([ORGANISATION, "Olivia", "Hartley", ...user_accounts.flatMap((account) => [account.email, account.family_name])]);
  assert.deepEqual(held, []);
  await visitor.open("/portal");
  await visitor.sees("session-erased", { path: "/portal", status: 401, heading: "You’ve been signed out" });
});

test("a portal that was there before is connected instead of a new one", async () => {
  const visitor = await enter("manage-existing");
  const { page } = visitor;
  await forgetEverything();
  await resetOrganisation(ORGANISATION);
  await visitor.open("/");
  await visitor.press(/Connect my portal/, "link");
  await logInAtGo1(visitor, "acme.mygo1.com", "ada.forsyth@acme.example.com");
  await sees(visitor, "connect", { path: "/portal/connect", heading: /.+/, title: /.+/ });
  await page.locator("main").getByRole("link", { name: /Connect/ }).first().click();
  await sees(visitor, "form", { path: "/signup", heading: /.+/, title: /.+/ });
  assert.match(await page.locator("main").innerText(), /acme\.mygo1\.com/);
  assert.equal(await page.getByLabel("Portal address").count(), 0);
  await page.getByLabel("Australia").check();
  await page.getByLabel("I accept the terms of collection").check();
  await page.getByLabel("I accept GO1’s privacy policy").check();
  await visitor.press("Continue to Xero");
  await chooseAtXero(visitor, ORGANISATION);
  await allowAtXero(visitor);
  await visitor.press("Yes, that’s us");
  await visitor.press("See who can be imported");
  const portals = async () => (await (await fetch(`${GO1}/_control/summary`)).json()).portals.length;
  const before = await portals();
  await importThem(visitor);
  await sees(visitor, "imported", { path: /\/imports\/[0-9a-f]{32}/, heading: "All done: 7 people imported" });
  assert.equal(await portals(), before, "no second portal");
  const { enrollments } = await portal("acme.mygo1.com");
  assert.equal(enrollments.length, 35);
});
