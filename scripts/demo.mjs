// `npm run demo`: everything from a fresh checkout.
import { ensureBuild, ensureDependencies } from "./steps.mjs";

await ensureDependencies();
await ensureBuild();
process.env.NODE_ENV = "production";
await import("../dist/demo.js");
