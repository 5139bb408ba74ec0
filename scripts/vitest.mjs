// Runs the tests of one vitest project and counts from its own report.
import { existsSync, readFileSync } from "node:fs";
import { bin, reportFile, run } from "./steps.mjs";

/** @typedef {{ passed: number, failed: number }} Counts */

/** @returns {Promise<Counts>} */
export function unitTests() {
  return vitest("Unit tests", "unit");
}

/**
 * Two files at a time: one that starts Kafka and one that does not. Each waits more than it works.
 * @returns {Promise<Counts[]>}
 */
export async function integrationTests() {
  const halves = await Promise.all([
    vitest("Integration tests on real Kafkas", "integration", "kafka"),
    vitest("Integration tests on other real servers", "integration", "others", true),
  ]);
  return [...halves, await vitest("Integration tests of what takes how long", "integration", "alone")];
}

/** @returns {Promise<Counts>} */
async function vitest(title, project, part = "", quiet = false) {
  const report = reportFile(`vitest-${part || project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const command = [bin("vitest"), "run", "--project", project, ...reporters];
  const { code } = await run(title, command, { quiet, env: { STREAMSIDE_INTEGRATION: part } });
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, "utf8"));
  // A file that does not even load has failed suites and no failed tests.
  const failed = Math.max(
    numFailedTests,
    code !== 0 && numFailedTests === 0 ? Math.max(1, numFailedTestSuites) : 0,
  );
  return { passed: numPassedTests, failed: numPassedTests === 0 ? Math.max(1, failed) : failed };
}
