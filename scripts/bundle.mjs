// The server side as plain JavaScript: our own code bundled, packages left to node_modules.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";
import { root } from "./steps.mjs";

process.chdir(root);
rmSync("dist", { recursive: true, force: true });
const benches = existsSync("bench") ? readdirSync("bench").filter((name) => name.endsWith(".bench.ts")) : [];
await build({
  entryPoints: [
    "server.ts",
    "demo.ts",
    { in: "lib/lab/load-worker.ts", out: "load-worker" },
    { in: "lib/lab/grpc-worker.ts", out: "grpc-worker" },
    { in: "lib/runtime/past-worker.ts", out: "past-worker" },
    { in: "lib/runtime/tier-worker.ts", out: "tier-worker" },
    ...benches.map((name) => ({ in: `bench/${name}`, out: `bench/${name.replace(".bench.ts", "")}` })),
  ].map((entry) => (typeof entry === "string" ? { in: entry, out: entry.replace(".ts", "") } : entry)),
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.9",
  packages: "external",
  sourcemap: true,
  logLevel: "warning",
});
