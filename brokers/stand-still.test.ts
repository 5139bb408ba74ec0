import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, it } from "vitest";
import { freeze, standsStill, thaw } from "./stand-still.ts";

let child: ChildProcess | undefined;
afterEach(async () => {
  if (child === undefined || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
});

/** Threads that never rest: each of them has to be stopped for itself. */
const BUSY = `
const { Worker } = require("node:worker_threads");
for (let i = 0; i < 6; i++) new Worker("for (;;);", { eval: true });
setTimeout(() => console.log("started"), 0);
`;

async function startBusy(): Promise<number> {
  child = spawn(process.execPath, ["-e", BUSY], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout!, "data");
  return child.pid!;
}

it("a frozen process stands still when that is told, and a thawed one does not", async () => {
  const pid = await startBusy();
  expect(standsStill(pid)).toBe(false);
  for (let i = 0; i < 20; i++) {
    await freeze(pid);
    expect(standsStill(pid)).toBe(true);
    await thaw(pid);
    expect(standsStill(pid)).toBe(false);
  }
});

it("a process that is gone neither stands still nor can be frozen", async () => {
  const pid = await startBusy();
  child!.kill("SIGKILL");
  await once(child!, "exit");
  expect(standsStill(pid)).toBe(false);
  await expect(freeze(pid)).rejects.toThrow("ESRCH");
});
