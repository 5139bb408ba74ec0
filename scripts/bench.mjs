// `npm run bench [-- NAME] [--json]`: each bench starts what it needs and prints a table; a miss is told and exits 0.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ensureBuild, ensureDependencies, exit, root } from "./steps.mjs";

const names = readdirSync(join(root, "bench"))
  .filter((file) => file.endsWith(".bench.ts"))
  .map((file) => file.replace(".bench.ts", ""));
const [first, ...rest] = process.argv.slice(2);
const named = first !== undefined && !first.startsWith("-");
if (named && !names.includes(first)) exit(`There is no bench ${first}. There are: ${names.join(", ")}.`);

await ensureDependencies();
await ensureBuild();
for (const name of named ? [first] : names) {
  const code = await new Promise((resolve) => {
    const script = join(root, "dist", "bench", `${name}.js`);
    const options = named ? rest : process.argv.slice(2);
    const child = spawn(process.execPath, [script, ...options], { stdio: "inherit" });
    child.on("close", (status) => resolve(status ?? 1));
  });
  if (code !== 0) process.exit(code);
}
