// Runs the end-to-end tests in Chromium and counts from Playwright's own report.
import { existsSync, readFileSync } from "node:fs";
import { ensureChromium } from "./chromium.mjs";
import { bin, reportFile, run, say } from "./steps.mjs";

/**
 * @param {{ quiet?: boolean, filters?: string[] }} [options] filters: parts of file names, all where there is none
 * @returns {Promise<import("./vitest.mjs").Counts>}
 */
export async function endToEndTests({ quiet = false, filters = [] } = {}) {
  const chromium = await ensureChromium();
  if (chromium === null) {
    say("✗ No Chromium: install one, or name it in STREAMSIDE_CHROMIUM.");
    return { passed: 0, failed: 1, failures: ["no Chromium"] };
  }
  const report = reportFile("playwright.json");
  const { code } = await run("End-to-end tests in Chromium", [bin("playwright"), "test", ...filters], {
    quiet,
    env: { STREAMSIDE_CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_NAME: report },
  });
  if (!existsSync(report)) return { passed: 0, failed: 1, failures: ["no report"] };
  const { stats, suites } = JSON.parse(readFileSync(report, "utf8"));
  const broken = stats.unexpected + stats.flaky;
  const failed = code !== 0 || stats.expected === 0 ? Math.max(1, broken) : broken;
  return { passed: stats.expected, failed, failures: suites.flatMap(failuresIn) };
}

/** Names of the specs of a suite that failed, those of the suites in it as well. */
function failuresIn({ specs = [], suites = [] }) {
  const own = specs.filter(({ ok }) => !ok).map(({ file, line, title }) => `e2e/${file}:${line} ${title}`);
  return [...own, ...suites.flatMap(failuresIn)];
}
