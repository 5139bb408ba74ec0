// Runs the tests of one vitest project and counts from its own report.
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { bin, reportFile, root, run } from "./steps.mjs";

/** `failures`: the names of what failed, with its file. @typedef {{ passed: number, failed: number, failures: string[] }} Counts */

/** @returns {Promise<Counts>} */
export function unitTests() {
  return vitest("Unit tests", "unit");
}

/**
 * Two files at a time: one that starts Kafka and one that does not. Each waits more than it works.
 * @param {{ quiet?: boolean, filters?: string[] }} [options] filters: parts of file names; then one file at a time
 * @returns {Promise<Counts[]>}
 */
export async function integrationTests({ quiet = false, filters = [] } = {}) {
  if (filters.length > 0) return [await vitest("Integration tests", "integration", { quiet, filters })];
  const halves = await Promise.all([
    vitest("Integration tests on real Kafkas", "integration", { part: "kafka", quiet }),
    vitest("Integration tests on other real servers", "integration", { part: "others", quiet: true }),
  ]);
  return [
    ...halves,
    await vitest("Integration tests of what takes how long", "integration", { part: "alone", quiet }),
  ];
}

/** @returns {Promise<Counts>} */
async function vitest(title, project, { part = "", quiet = false, filters = [] } = {}) {
  const report = reportFile(`vitest-${part || project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const command = [bin("vitest"), "run", "--project", project, ...reporters, ...filters];
  const { code } = await run(title, command, { quiet, env: { STREAMSIDE_INTEGRATION: part } });
  if (!existsSync(report)) return { passed: 0, failed: 1, failures: [`${title}: no report`] };
  const { numPassedTests, numFailedTests, numFailedTestSuites, testResults } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  // A file that does not even load has failed suites and no failed tests.
  const failed = Math.max(
    numFailedTests,
    code !== 0 && numFailedTests === 0 ? Math.max(1, numFailedTestSuites) : 0,
  );
  return {
    passed: numPassedTests,
    failed: numPassedTests === 0 ? Math.max(1, failed) : failed,
    failures: testResults.flatMap(failuresIn),
  };
}

/** Names of the tests of a file that failed; the file, where that failed as a whole. */
function failuresIn({ name, status, assertionResults }) {
  const file = relative(root, name);
  const failed = assertionResults.filter((test) => test.status === "failed");
  if (failed.length > 0) return failed.map(({ fullName }) => `${file} ${fullName}`);
  return status === "failed" ? [file] : [];
}
