// `npm run verify`: what people run before pushing. No brokers, no browser.
import { staticChecks } from "./checks.mjs";
import { ensureDependencies, say } from "./steps.mjs";
import { unitTests } from "./vitest.mjs";

await ensureDependencies();
const results = [await staticChecks(), await unitTests()];
const failed = results.reduce((sum, result) => sum + result.failed, 0);
say(failed === 0 ? "All good." : `${failed} failed.`);
process.exit(failed === 0 ? 0 : 1);
