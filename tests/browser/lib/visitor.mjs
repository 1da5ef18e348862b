// A person in front of a browser: opens pages, presses buttons, and complains about whatever is wrong on the way.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { APP } from "./cloud.mjs";

/** Where the pictures go. */
export const PICTURES = fileURLToPath(new URL("../../../target/browser/", import.meta.url));
mkdirSync(PICTURES, { recursive: true });

export class Visitor {
  /** What was wrong since the last look, one line each. */
  problems = [];
  /** How the last page was answered: a Playwright response. */
  answer = null;
  /** The markup of the page that was last seen. */
  markup = "";
  #name;
  #pictures = 0;

  /** Opens a window with cookies of its own. `name` begins the names of its pictures. */
  static async enter(browser, name, options) {
    const visitor = new Visitor();
    visitor.#name = name;
    visitor.context = await browser.newContext({ locale: "en-AU", timezoneId: "Australia/Sydney", ...options });
    await visitor.context.exposeBinding("violated", (_, what) => visitor.problems.push(`the policy forbids ${what}`));
    await visitor.context.addInitScript(() => {
      addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sample }) => {
        globalThis.violated(`${effectiveDirective}: ${blockedURI} ${sample}`);
      });
    });
    visitor.page = await visitor.context.newPage();
    visitor.#listen();
    return visitor;
  }

  /** Opens one of our paths, or an address, and waits until all of it is there. */
  async open(path) {
    await this.page.goto(new URL(path, APP).href, { waitUntil: "load" });
  }

  /** Presses something that leads to another page, and waits until all of that is there. */
  async press(name, role = "button") {
    const loaded = this.page.waitForEvent("load");
    await this.page.getByRole(role, { name }).first().click();
    await loaded;
  }

  /** This is the right page of ours, and nothing is wrong with it. Takes its picture. Texts are whole ones, or patterns of them. */
  async sees(picture, { path, heading, title = heading, status = 200 }) {
    const { pathname } = new URL(this.page.url());
    const here = `${this.answer.status()} ${pathname}`;
    this.markup = await this.answer.text();
    await this.takePicture(picture);
    assert.match(pathname, whole(path), here);
    assert.equal(this.answer.status(), status, here);
    assert.match(await this.page.locator("h1").innerText(), whole(heading), here);
    assert.match(await this.page.title(), whole(title, " · GO1"), here);
    await this.#checkCookies();
    const beyond = await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(beyond <= 0, `${here} is ${beyond} pixels wider than the window`);
    this.isContent(here);
  }

  /** Nothing was wrong until now. */
  isContent(where) {
    assert.deepEqual(this.problems.splice(0), [], `something is wrong at ${where}`);
  }

  /** The whole page, or what the window shows of it. */
  async takePicture(name, fullPage = true) {
    this.#pictures += 1;
    const path = `${PICTURES}${this.#name}-${String(this.#pictures).padStart(2, "0")}-${name}.png`;
    // From the end of the page: there, what sticks to the window's edge is in its own place.
    const scroll = (top) => this.page.evaluate((top) => scrollTo({ top, behavior: "instant" }), top);
    if (fullPage) await scroll(1_000_000);
    await this.page.screenshot({ path, fullPage });
    await scroll(0);
  }

  /** We set one cookie at most, and it is as strict as cookies can be. */
  async #checkCookies() {
    const cookies = await this.context.cookies(APP);
    const strict = { name: "__Host-session", secure: true, httpOnly: true, sameSite: "Lax", path: "/", domain: new URL(APP).hostname };
    for (const { value: _, expires: __, ...rest } of cookies) assert.deepEqual(rest, strict);
    assert.ok(cookies.length <= 1);
  }

  #listen() {
    const { page, problems } = this;
    const isPage = (request) => request.isNavigationRequest() && request.frame() === page.mainFrame();
    page.on("pageerror", (error) => problems.push(`script error: ${error.message}`));
    page.on("console", (message) => {
      // Chromium says this of every page that is no 200 as well; whether its status is right, `sees` checks.
      const ofPage = message.text().startsWith("Failed to load resource") && message.location().url === this.answer?.url();
      if (["error", "warning"].includes(message.type()) && !ofPage) problems.push(`console: ${message.text()}`);
    });
    page.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText;
      // What was on its way when the visitor left the page. The icon often is: a page is loaded without it.
      if (reason !== "net::ERR_ABORTED") problems.push(`${reason}: ${request.url()}`);
    });
    page.on("response", (response) => {
      const redirects = response.status() >= 300 && response.status() < 400;
      if (isPage(response.request()) && !redirects) this.answer = response;
      if (!isPage(response.request()) && response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
    });
  }
}

function whole(text, end = "") {
  const escape = (plain) => plain.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${text instanceof RegExp ? text.source : escape(text)}${end}$`);
}
