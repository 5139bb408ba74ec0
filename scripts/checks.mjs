// The static checks, one step each. `verify` and `test` both run them.
import { existsSync, readFileSync } from "node:fs";
import { bin, reportFile, run, say } from "./steps.mjs";

const SOURCES = ["app", "components", "lib", "brokers", "packages", "bench", "server.ts", "demo.ts"];
/** Fewer modules than this means that the boundaries were checked on nothing. */
const MODULES_AT_LEAST = 150;

/** @returns {Promise<{ passed: number, failed: number }>} */
export async function staticChecks() {
  let failed = 0;
  const steps = [
    () => run("Format and lint", [bin("biome"), "ci", "--colors=off", "--error-on-warnings", "."]),
    // Writes the route types that tsc reads; a fresh checkout has none.
    async () => {
      const { code } = await run("Route types", [bin("next"), "typegen"]);
      return code === 0 ? run("Types", [bin("tsc"), "--noEmit", "-p", "tsconfig.json"]) : { code };
    },
    boundaries,
    () => run("Dead code", [bin("knip"), "--no-progress"]),
  ];
  for (const step of steps) if ((await step()).code !== 0) failed++;
  return { passed: steps.length - failed, failed };
}

async function boundaries() {
  const report = reportFile("boundaries.json");
  const result = await run("Import boundaries", [
    bin("depcruise"),
    "--config",
    ".dependency-cruiser.cjs",
    "--output-type",
    "json",
    "--output-to",
    report,
    ...SOURCES,
  ]);
  if (!existsSync(report)) {
    say(result.output.trimEnd());
    return { code: 1 };
  }
  const { summary } = JSON.parse(readFileSync(report, "utf8"));
  for (const { from, to, rule } of summary.violations) say(`  ${rule.name}: ${from} → ${to}`);
  if (summary.totalCruised < MODULES_AT_LEAST) {
    say(`  Only ${summary.totalCruised} modules were seen; the check did not look at the project.`);
    return { code: 1 };
  }
  return { code: summary.violations.length > 0 ? 1 : result.code };
}
