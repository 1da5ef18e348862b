// A page that is left open and quiet: it says in time that its session ends, stays signed in at a press, and keeps what was typed.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { audit } from "./lib/audit.mjs";
import { launch } from "./lib/chromium.mjs";
import { forgetEverything } from "./lib/cloud.mjs";
import { reachConsent } from "./lib/steps.mjs";
import { Visitor } from "./lib/visitor.mjs";

let browser;
before(async () => {
  browser = await launch();
  await forgetEverything();
});
after(() => browser?.close());

const ENDS = "You’ll be signed out in less than five minutes";

test("a page that nobody uses says so, and stays signed in with what was typed", async () => {
  const visitor = await Visitor.enter(browser, "quiet", { viewport: { width: 390, height: 844 } });
  const { page } = visitor;
  await reachConsent(visitor, "Paperbark Studio", "paperbark");
  await visitor.press("Allow access");
  await page.clock.install();
  await visitor.open("/signup");
  const company = page.getByLabel("Company name");
  await company.fill("Paperbark Studio and Sons");
  const notice = page.getByRole("heading", { name: ENDS });
  assert.ok(!(await notice.isVisible()), "nothing is said while there is time");

  // The server's clock stands still here, so its answer to a look is what it would be by then.
  let looks = 0;
  await page.route("**/privacy", async (route) => {
    const isLook = route.request().headers().accept === "application/json";
    if (!isLook) return route.continue();
    looks += 1;
    return route.fulfill({ contentType: "text/html", body: '<div data-unused="120" data-at-most="40000"></div>' });
  });
  await page.clock.fastForward("57:00");
  await notice.waitFor();
  assert.ok(looks > 0, "the server was asked how long it lasts");
  await visitor.takePicture("ends-soon", false);

  await page.getByRole("button", { name: "Stay signed in" }).click();
  await page.getByRole("heading", { name: "You’re still signed in" }).waitFor();
  assert.ok(!(await notice.isVisible()));
  assert.equal(await company.inputValue(), "Paperbark Studio and Sons");
  await visitor.takePicture("stayed", false);
  visitor.isContent("the quiet page");
  await visitor.open("/signup");
  await visitor.sees("after", { path: "/signup", heading: /.+/, title: /.+/ });
  await audit(visitor);
});
