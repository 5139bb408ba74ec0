// `npm start`: the built dashboard on the user's own streamside.yaml.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensureBuild, ensureDependencies, root } from "./steps.mjs";

// An installed image carries the build and no sources; a checkout is built when it has to be.
if (existsSync(join(root, "app"))) {
  await ensureDependencies();
  await ensureBuild();
}
process.env.NODE_ENV = "production";
await import("../dist/server.js");
