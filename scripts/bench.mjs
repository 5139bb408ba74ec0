// `npm run bench [-- NAME] [--against REV] [--json]`: each bench starts what it needs and prints a table; a miss is told and
// exits 0. `--against` builds that revision in a worktree and takes turns with it.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ensureChromium } from "./chromium.mjs";
import { buildRevision } from "./other-build.mjs";
import { ensureBuild, ensureDependencies, exit, root } from "./steps.mjs";

/** Benches that open the dashboard in a browser. */
const WITH_BROWSER = ["push"];

const names = readdirSync(join(root, "bench"))
  .filter((file) => file.endsWith(".bench.ts"))
  .map((file) => file.replace(".bench.ts", ""));
const [first, ...rest] = process.argv.slice(2);
const named = first !== undefined && !first.startsWith("-");
if (named && !names.includes(first)) exit(`There is no bench ${first}. There are: ${names.join(", ")}.`);
const chosen = named ? [first] : names;
const options = named ? rest : process.argv.slice(2);

await ensureDependencies();
await ensureBuild();
const env = { ...process.env, ...(chosen.some((name) => WITH_BROWSER.includes(name)) && (await chromium())) };
const other = await otherBuild();
let code = 0;
try {
  for (const name of chosen) {
    code = await runBench(name);
    if (code !== 0) break;
  }
} finally {
  other?.remove();
}
process.exit(code);

/** What `--against` names; the option becomes the folder of its build. */
async function otherBuild() {
  const at = options.findIndex((option) => option === "--against" || option.startsWith("--against="));
  if (at < 0) return null;
  if (!named) exit(`--against goes with the name of a bench. There are: ${names.join(", ")}.`);
  const isApart = options[at] === "--against";
  const revision = isApart ? options[at + 1] : options[at].slice("--against=".length);
  if (!revision) exit("--against needs a revision: a commit, a branch or a tag.");
  const build = await buildRevision(revision);
  options.splice(at, isApart ? 2 : 1, `--against=${build.folder}`);
  return build;
}

/** Where the benches find their browser. */
async function chromium() {
  const path = await ensureChromium();
  return path === null
    ? exit("No Chromium: install one, or name it in STREAMSIDE_CHROMIUM.")
    : { STREAMSIDE_CHROMIUM: path };
}

function runBench(name) {
  const script = join(root, "dist", "bench", `${name}.js`);
  const child = spawn(process.execPath, [script, ...options], { stdio: "inherit", env });
  // It is told of the same, and ends by itself; what was made for it is taken away then.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.on("close", (status) => resolve(status ?? 1)));
}
