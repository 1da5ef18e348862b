// Chromium, as it is installed on this machine: nothing is downloaded.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

const FLAGS = [
  "--headless=new",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--no-proxy-server",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How it is started. Its sandbox does not work for root, so only root goes without. */
export const flags = () => (process.getuid?.() === 0 ? [...FLAGS, "--no-sandbox"] : FLAGS);

/** Starts Chromium. */
export const launch = () => chromium.launch({ executablePath: find(), args: flags() });

export function find() {
  const { CHROMIUM, PATH = "" } = process.env;
  const folders = PATH.split(delimiter).filter(Boolean);
  const candidates = CHROMIUM ? [CHROMIUM] : NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = candidates.find(isExecutable);
  if (found) return found;
  const missing = CHROMIUM ? `CHROMIUM names ${CHROMIUM}, which cannot be run` : `none of ${NAMES.join(", ")} is on PATH`;
  throw new Error(`the walk needs Chromium, and ${missing}: install it (on Debian: apt-get install chromium) or set CHROMIUM`);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
