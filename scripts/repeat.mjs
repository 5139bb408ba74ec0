// `npm run test:repeat`: the integration and the end-to-end tests again and again, every second time beside two busy
// loops, to find the tests that depend on how quick the machine is or on when they are run. Ends with a table of what
// failed when, and with exit code 1 where anything did.
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { endToEndTests } from "./playwright.mjs";
import { ensureBuild, ensureDependencies, exit, say } from "./steps.mjs";
import { fetchToolchains } from "./toolchains.mjs";
import { integrationTests } from "./vitest.mjs";

const USAGE = `npm run test:repeat [-- [--runs N] [--only integration|end-to-end] [FILE …]]
  --runs N   how often each of them is run; 10 where it is not said
  --only     one of the two
  FILE       parts of the names of test files: only those`;
const SUITES = {
  integration: (filters) => integrationTests({ quiet: true, filters }),
  "end-to-end": async (filters) => [await endToEndTests({ quiet: true, filters })],
};
/** It ends by itself when its parent does, however that came about. */
const BUSY_LOOP =
  "const parent = process.ppid; while (process.ppid === parent) for (let i = 0; i < 1e7; i++);";

const { runs, suites, filters } = readArguments();
await ensureDependencies();
await fetchToolchains();
if (suites.includes("end-to-end")) await ensureBuild();

const rows = [];
for (let number = 1; number <= runs; number++) {
  const isLoaded = number % 2 === 0;
  const load = isLoaded ? [spawnBusyLoop(), spawnBusyLoop()] : [];
  for (const suite of suites) {
    say(`Run ${number} of ${runs}: ${suite}${isLoaded ? ", beside two busy loops" : ""}`);
    const started = Date.now();
    const results = await SUITES[suite](filters);
    const sum = (key) => results.reduce((total, result) => total + result[key], 0);
    const seconds = Math.round((Date.now() - started) / 1000);
    const failures = results.flatMap((result) => result.failures);
    rows.push({ number, suite, isLoaded, seconds, passed: sum("passed"), failed: sum("failed"), failures });
  }
  await Promise.all(load.map(end));
}
const isGreen = rows.every(({ failed }) => failed === 0);
process.stdout.write(`${report(rows).join("\n")}\n`, () => process.exit(isGreen ? 0 : 1));

function report(all) {
  const when = ({ number, isLoaded }) => `${number}${isLoaded ? " loaded" : ""}`;
  const lines = [line("run", "suite", "passed", "failed", "seconds")];
  for (const row of all) lines.push(line(when(row), row.suite, row.passed, row.failed, row.seconds));
  const byName = new Map();
  for (const row of all) {
    for (const name of row.failures) byName.set(name, [...(byName.get(name) ?? []), when(row)]);
  }
  const often = [...byName].sort(([, a], [, b]) => b.length - a.length);
  return [...lines, ...often.map(([name, times]) => `✗ in run ${times.join(", ")}: ${name}`)];
}

function line(...cells) {
  return cells.map((cell, i) => String(cell).padEnd([12, 14, 8, 8, 0][i])).join("");
}

function spawnBusyLoop() {
  return spawn(process.execPath, ["-e", BUSY_LOOP], { stdio: "ignore" });
}

function end(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", resolve);
    child.kill("SIGKILL");
  });
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: { runs: { type: "string", default: "10" }, only: { type: "string" } },
      allowPositionals: true,
    });
    const runs = Number(values.runs);
    if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs takes a whole number above 0.`);
    if (values.only !== undefined && !Object.hasOwn(SUITES, values.only))
      throw new Error(`--only takes ${Object.keys(SUITES).join(" or ")}.`);
    return { runs, suites: values.only ? [values.only] : Object.keys(SUITES), filters: positionals };
  } catch (error) {
    return exit(`${error.message}\n${USAGE}`);
  }
}
