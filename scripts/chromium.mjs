// A Chromium for the end-to-end tests: one that is there, else installed.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./steps.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Path of a Chromium, or null with the reason told. */
export async function ensureChromium() {
  const there = findChromium();
  if (there !== null) return there;
  if (process.getuid?.() === 0 && onPath("apt-get") !== null) {
    const apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    await run("Refreshing the package list", [...apt, "update", "-qq"]);
    await run("Installing Chromium for the end-to-end tests", [
      ...apt,
      "install",
      "-y",
      "-qq",
      "--no-install-recommends",
      "chromium",
    ]);
    return findChromium();
  }
  const { code } = await run("Installing Chromium for the end-to-end tests", [
    "npx",
    "playwright",
    "install",
    "chromium",
  ]);
  return code === 0 ? "" : null;
}

function findChromium() {
  const named = process.env.STREAMSIDE_CHROMIUM;
  if (named) return existsSync(named) ? named : null;
  for (const name of NAMES) {
    const path = onPath(name);
    if (path !== null) return path;
  }
  return null;
}

function onPath(name) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, name);
    if (folder && existsSync(path)) return path;
  }
  return null;
}
