// What is refused, each with a page of its own that says why and what to do next.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { audit } from "./lib/audit.mjs";
import { launch } from "./lib/chromium.mjs";
import { allowUnseen, connectedOrganisations, forgetEverything } from "./lib/cloud.mjs";
import { reachConsent } from "./lib/steps.mjs";
import { Visitor } from "./lib/visitor.mjs";

let browser;
before(async () => {
  browser = await launch();
  await forgetEverything();
});
after(() => browser?.close());

const enter = (name) => Visitor.enter(browser, name, { viewport: { width: 1280, height: 900 } });

const CALLBACK = "/oauth/xero/callback";

test("the policy of the pages is in force, and an offence is noticed", async () => {
  const visitor = await enter("policy");
  await visitor.open("/");
  await visitor.page.evaluate(() => {
    const script = document.createElement("script");
    script.src = "https://elsewhere.example/script.js";
    document.body.append(script);
  }).catch(() => {});
  await visitor.page.evaluate(() => {
    const picture = document.createElement("img");
    picture.src = "https://elsewhere.example/picture.png";
    document.body.append(picture);
    return new Promise((resolve) => picture.addEventListener("error", resolve));
  });
  assert.match(visitor.problems.join("\n"), /the policy forbids require-trusted-types-for/);
  assert.match(visitor.problems.join("\n"), /the policy forbids img-src/);
});

test("an organisation in another country: refused, and disconnected again", async () => {
  const visitor = await enter("refused-country");
  await reachConsent(visitor, "Thornbury Ceramics", "thornbury");
  await visitor.press("Allow access");
  await visitor.sees("page", { path: "/organisations", status: 422, heading: "We don’t support this country yet" });
  assert.match(await visitor.page.locator("main").innerText(), /the country of Thornbury Ceramics is United Kingdom/);
  assert.ok(!(await connectedOrganisations()).includes("Thornbury Ceramics"), "its connection is removed");
  await audit(visitor);
});

test("access refused at Xero", async () => {
  const visitor = await enter("refused-cancelled");
  await reachConsent(visitor, "Paperbark Studio", "paperbark");
  await visitor.press("Cancel");
  await visitor.sees("page", { path: CALLBACK, status: 400, heading: "You didn’t allow access" });
  await audit(visitor);
  await visitor.press("Sign in to Xero again", "link");
  assert.equal(new URL(visitor.page.url()).pathname, "/identity/login");
});

test("an answer of Xero's that came before", async () => {
  const visitor = await enter("refused-replayed");
  const answers = [];
  visitor.page.on("request", (request) => request.url().includes(CALLBACK) && answers.push(request.url()));
  await reachConsent(visitor, "Paperbark Studio", "paperbark");
  await visitor.press("Allow access");
  assert.equal(new URL(visitor.page.url()).pathname, "/organisations");
  await visitor.open(answers[0]);
  await visitor.sees("page", { path: CALLBACK, status: 400, heading: "This sign-in was already used" });
  await audit(visitor);
  await visitor.press("Pick up where you left off", "link");
  await visitor.press("Pick up where you left off", "link");
  await visitor.sees("goes-on", { path: "/organisations", heading: "Is this your organisation?", title: "Confirm your organisation" });
});

test("an answer of Xero's in another browser", async () => {
  const visitor = await enter("another-browser-first");
  await reachConsent(visitor, "Paperbark Studio", "paperbark");
  const answer = await allowUnseen(new URL(visitor.page.url()).searchParams.get("request"));
  const other = await enter("refused-another-browser");
  await other.open("/signup");
  await other.open(answer);
  await other.sees("page", { path: CALLBACK, status: 400, heading: "This sign-in began in another browser" });
  await audit(other);
  await visitor.open(answer);
  await visitor.sees("goes-on", { path: "/organisations", heading: "Is this your organisation?", title: "Confirm your organisation" });
});
