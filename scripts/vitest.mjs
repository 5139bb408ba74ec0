// Runs one vitest project and counts from its own report.
import { existsSync, readFileSync } from "node:fs";
import { bin, reportFile, run } from "./steps.mjs";

/** @param {"unit" | "integration"} project @returns {Promise<{ passed: number, failed: number }>} */
export async function vitest(project) {
  const report = reportFile(`vitest-${project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { code } = await run(
    project === "unit" ? "Unit tests" : "Integration tests on real brokers",
    [bin("vitest"), "run", "--project", project, ...reporters],
    { quiet: false },
  );
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, "utf8"));
  // A file that does not even load has failed suites and no failed tests.
  const failed = Math.max(
    numFailedTests,
    code !== 0 && numFailedTests === 0 ? Math.max(1, numFailedTestSuites) : 0,
  );
  return { passed: numPassedTests, failed: numPassedTests === 0 ? Math.max(1, failed) : failed };
}
