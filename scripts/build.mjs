// `npm run build`: dashboard and server, ready for `npm start`.
import { ensureBuild, ensureDependencies, say } from "./steps.mjs";

await ensureDependencies();
await ensureBuild();
say("Built.");
