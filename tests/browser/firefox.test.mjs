// A short walk in Firefox, on a phone: from the landing page to the end of an import, with nothing in its console.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { APP, forgetEverything, freePortal, portal } from "./lib/cloud.mjs";
import { Firefox } from "./lib/firefox.mjs";
import { OLIVIA } from "./lib/steps.mjs";

const ORGANISATION = "Wattle Grove Books";

let firefox;
before(async () => {
  await forgetEverything();
  firefox = await Firefox.start();
});
after(() => firefox?.stop());

/** The page is no wider than its window. */
const fits = async () => assert.ok((await firefox.value("document.documentElement.scrollWidth - innerWidth")) <= 0, await firefox.value("location.href"));

test("7 people in Firefox: the form, Xero, the people, their import", async () => {
  const name = await freePortal("wattle-firefox");
  await firefox.open(APP);
  await fits();
  await firefox.press("Create an account", "It takes a minute");
  await fits();
  const [given_name, family_name] = OLIVIA.name.split(" ");
  const typed = { given_name, family_name, email: OLIVIA.email, company: ORGANISATION, portal: name, industry: "Retail Trade" };
  await firefox.value(`(() => {
    const { elements } = document.querySelector("form.card");
    for (const [field, text] of Object.entries(${JSON.stringify(typed)})) elements[field].value = text;
    for (const tick of [elements.accept_terms, elements.accept_collection, document.querySelector("[value=AU]")]) tick.checked = true;
  })()`);
  await firefox.press("Continue to Xero", "Log in");
  await firefox.press(OLIVIA.name, ORGANISATION);
  await firefox.press(ORGANISATION);
  await firefox.press("Continue", "Allow access?");
  await firefox.press("Allow access", "Is this your organisation?");
  await fits();
  await firefox.press("Yes, that’s us", "Your five free courses");
  await fits();
  await firefox.press("See who can be imported", "7 people to choose from");
  await fits();
  await firefox.value('document.querySelector("[name=people]").click()');
  await firefox.until('document.querySelector(".confirm .button").innerText.includes("Import 6 people")');
  await firefox.press("Import 6 people", "All done: 6 people imported");
  await fits();
  const { enrollments } = await portal(`${name}.mygo1.com`);
  assert.equal(enrollments.length, 30);
  assert.deepEqual(firefox.said, []);
});
