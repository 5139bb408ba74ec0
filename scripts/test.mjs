// `npm test`: everything from a fresh checkout: installs, static checks, unit, integration on real brokers, end to end
// in Chromium. Ends with the line `N passed, N failed`.
import { existsSync, readFileSync } from "node:fs";
import { staticChecks } from "./checks.mjs";
import { ensureChromium } from "./chromium.mjs";
import { bin, ensureBuild, ensureDependencies, reportFile, run, say } from "./steps.mjs";
import { fetchToolchains } from "./toolchains.mjs";
import { integrationTests, unitTests } from "./vitest.mjs";

await ensureDependencies();
const started = Date.now();
const brokers = fetchToolchains();
const results = [await staticChecks(), await unitTests()];
await ensureBuild();
await brokers;
results.push(...(await integrationTests()), await endToEnd());

const sum = (key) => results.reduce((total, result) => total + result[key], 0);
const [passed, failed] = [sum("passed"), sum("failed")];
say(`Took ${Math.round((Date.now() - started) / 1000)} s after installing.`);
process.stdout.write(`${passed} passed, ${failed} failed\n`, () => process.exit(failed === 0 ? 0 : 1));

async function endToEnd() {
  const chromium = await ensureChromium();
  if (chromium === null) {
    say("✗ No Chromium: install one, or name it in STREAMSIDE_CHROMIUM.");
    return { passed: 0, failed: 1 };
  }
  const report = reportFile("playwright.json");
  const { code } = await run("End-to-end tests in Chromium", [bin("playwright"), "test"], {
    quiet: false,
    env: { STREAMSIDE_CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_NAME: report },
  });
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { stats } = JSON.parse(readFileSync(report, "utf8"));
  const broken = stats.unexpected + stats.flaky;
  return {
    passed: stats.expected,
    failed: code !== 0 || stats.expected === 0 ? Math.max(1, broken) : broken,
  };
}
