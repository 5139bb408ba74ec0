// `npm test`: everything from a fresh checkout: installs, static checks, unit, integration on real brokers, end to end
// in Chromium. Ends with the line `N passed, N failed`.
import { staticChecks } from "./checks.mjs";
import { endToEndTests } from "./playwright.mjs";
import { ensureBuild, ensureDependencies, say } from "./steps.mjs";
import { fetchToolchains } from "./toolchains.mjs";
import { integrationTests, unitTests } from "./vitest.mjs";

await ensureDependencies();
const started = Date.now();
const brokers = fetchToolchains();
const results = [await staticChecks(), await unitTests()];
await ensureBuild();
await brokers;
results.push(...(await integrationTests()), await endToEndTests());

const sum = (key) => results.reduce((total, result) => total + result[key], 0);
const [passed, failed] = [sum("passed"), sum("failed")];
say(`Took ${Math.round((Date.now() - started) / 1000)} s after installing.`);
process.stdout.write(`${passed} passed, ${failed} failed\n`, () => process.exit(failed === 0 ? 0 : 1));
