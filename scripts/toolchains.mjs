// Fetches the brokers that the integration tests start, while other steps run.
import { bin, reportFile, run } from "./steps.mjs";

/** Resolves when it is done, also where it failed: the test that needs what is missing says so. */
export async function fetchToolchains() {
  const script = reportFile("fetch-toolchains.mjs");
  const bundling = await run("Brokers of the tests, meanwhile: bundling", [
    bin("esbuild"),
    "brokers/fetch-toolchains.ts",
    "--bundle",
    "--platform=node",
    "--format=esm",
    `--outfile=${script}`,
    "--log-level=warning",
  ]);
  if (bundling.code === 0) await run("Brokers of the tests, meanwhile", ["node", script]);
}
