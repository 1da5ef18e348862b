// Firefox, as it is installed on this machine, over WebDriver BiDi: what a short walk needs of it, and no driver beside it.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const PORT = Number(process.env.FIREFOX_PORT ?? 9444);

export class Firefox {
  /** What the console called an error. */
  said = [];
  #pending = new Map();
  #number = 0;

  /** Starts it with a profile of its own, and one window of a phone's size. */
  static async start() {
    const firefox = new Firefox();
    firefox.profile = mkdtempSync(join(tmpdir(), "firefox-"));
    writeFileSync(join(firefox.profile, "user.js"), 'user_pref("network.proxy.type", 0);\n');
    const options = ["--headless", "--no-remote", "--profile", firefox.profile, "--remote-debugging-port", String(PORT)];
    firefox.process = spawn(process.env.FIREFOX ?? "firefox-esr", options, { stdio: "ignore", env: { ...process.env, HOME: firefox.profile } });
    firefox.socket = await connect();
    firefox.socket.addEventListener("message", ({ data }) => firefox.#hear(JSON.parse(data)));
    await firefox.send("session.new", { capabilities: {} });
    await firefox.send("session.subscribe", { events: ["log.entryAdded"] });
    firefox.context = (await firefox.send("browsingContext.getTree", {})).contexts[0].context;
    await firefox.send("browsingContext.setViewport", { context: firefox.context, viewport: { width: 390, height: 844 } });
    return firefox;
  }

  async stop() {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill();
    await ended;
    rmSync(this.profile, { recursive: true, force: true });
  }

  send(method, params) {
    this.#number += 1;
    this.socket.send(JSON.stringify({ id: this.#number, method, params }));
    return new Promise((resolve, reject) => this.#pending.set(this.#number, { method, resolve, reject }));
  }

  open(url) {
    return this.send("browsingContext.navigate", { context: this.context, url, wait: "complete" });
  }

  /** What an expression comes to in the page. */
  async value(expression) {
    const target = { context: this.context };
    const { result, exceptionDetails } = await this.send("script.evaluate", { expression, target, awaitPromise: true });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.text}`);
    return result.value;
  }

  /** Waits until an expression is true, also over pages that are loaded meanwhile. */
  async until(expression, seconds = 60) {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(200)) {
      if (await this.value(expression).catch(() => false)) return;
    }
    throw new Error(`not within ${seconds} seconds: ${expression}`);
  }

  /** Presses the first button or link of this name, and waits for the page that has what is `wanted`. */
  async press(name, wanted) {
    const found = `[...document.querySelectorAll("button, a, label")].find((one) => one.innerText.includes(${JSON.stringify(name)}))`;
    await this.until(`Boolean(${found})`);
    await this.value(`${found}.click()`);
    if (wanted) await this.until(`document.readyState === "complete" && document.body.innerText.includes(${JSON.stringify(wanted)})`);
  }

  #hear({ id, type, result, message, method, params }) {
    if (method === "log.entryAdded" && params.level === "error") this.said.push(params.text);
    const waiting = this.#pending.get(id);
    if (!waiting) return;
    this.#pending.delete(id);
    if (type === "error") waiting.reject(new Error(`${waiting.method}: ${message}`));
    else waiting.resolve(result);
  }
}

async function connect() {
  for (let tries = 0; tries < 60; tries += 1) {
    const socket = new WebSocket(`ws://127.0.0.1:${PORT}/session`);
    const isOpen = await new Promise((resolve) => {
      socket.addEventListener("open", () => resolve(true));
      socket.addEventListener("error", () => resolve(false));
    });
    if (isOpen) return socket;
    await pause(500);
  }
  throw new Error("Firefox does not answer: install it (on Debian: apt-get install firefox-esr), or name one with FIREFOX=/path/to/firefox");
}
