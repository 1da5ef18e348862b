// What Lighthouse says of the five pages that people meet most, as `make gallery` writes them, on a phone: `make lighthouse`.
// They come from a server of its own that compresses, as the edge does. Fails where a figure is below 95.

import { execFile } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { loadavg } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { find, flags } from "../lib/chromium.mjs";
import { GALLERY } from "../lib/gallery.mjs";

const GOAL = 95;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
/** Every page but the first asks search engines to stay away, on purpose, so Lighthouse is not asked whether they find it. */
const PAGES = [
  { name: "landing", isPublic: true },
  { name: "sign-up" },
  { name: "people" },
  { name: "import-running" },
  { name: "portal-overview" },
];
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".png": "image/png" };
const RESULTS = fileURLToPath(new URL("../../../target/lighthouse/", import.meta.url));

function serve(request, response) {
  const path = normalize(new URL(request.url, "http://localhost").pathname);
  const type = TYPES[extname(path)];
  let body;
  try {
    if (!type) throw new Error("no page");
    body = readFileSync(join(GALLERY, path));
  } catch {
    return response.writeHead(404).end();
  }
  const isText = !/woff2|png/.test(type);
  const headers = { "content-type": type, "cache-control": type.startsWith("text/html") ? "no-store" : "public, max-age=31536000, immutable" };
  response.writeHead(200, isText ? { ...headers, "content-encoding": "gzip" } : headers).end(isText ? gzipSync(body) : body);
}

async function judge(origin, { name, isPublic }) {
  const output = join(RESULTS, `${name}.json`);
  const arguments_ = [`${origin}/${name}.html`, "--quiet", "--output=json", `--output-path=${output}`, `--chrome-flags=${flags().join(" ")}`];
  arguments_.push(`--only-categories=${CATEGORIES.join(",")}`, ...(isPublic ? [] : ["--skip-audits=is-crawlable"]));
  const program = fileURLToPath(new URL("node_modules/lighthouse/cli/index.js", import.meta.url));
  await promisify(execFile)(process.execPath, [program, ...arguments_], { env: { ...process.env, CHROME_PATH: find() } });
  const { categories } = JSON.parse(readFileSync(output, "utf8"));
  return CATEGORIES.map((category) => Math.round(categories[category].score * 100));
}

mkdirSync(RESULTS, { recursive: true });
const server = createServer(serve);
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const origin = `http://127.0.0.1:${server.address().port}`;
console.log(`load of this machine: ${loadavg()[0].toFixed(1)} (a busy one has less for performance)`);
console.log(`${"page".padEnd(16)}${CATEGORIES.join("  ")}`);
let isReached = true;
for (const page of PAGES) {
  const scores = await judge(origin, page);
  isReached &&= scores.every((score) => score >= GOAL);
  console.log(page.name.padEnd(16) + scores.map((score, at) => String(score).padStart(CATEGORIES[at].length)).join("  "));
}
server.close();
if (!isReached) {
  console.error(`error: below ${GOAL}; what it found is in ${RESULTS}`);
  process.exitCode = 1;
}
