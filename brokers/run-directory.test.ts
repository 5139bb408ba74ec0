import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { identify, isAlive } from "./processes.ts";
import { RunDirectory, reapLeftovers } from "./run-directory.ts";
import { freeze } from "./stand-still.ts";

let env: { STREAMSIDE_CACHE: string };
let children: ChildProcess[] = [];
beforeEach(async () => {
  env = { STREAMSIDE_CACHE: await mkdtemp(join(tmpdir(), "streamside-runs-")) };
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  children = [];
  await rm(env.STREAMSIDE_CACHE, { recursive: true, force: true });
});

function spawnBroker(): number {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], {
    detached: true,
    stdio: "ignore",
  });
  children.push(child);
  return child.pid!;
}

/** Rewrites the note, as if another process had written it. */
function rewrite(run: RunDirectory, change: (state: Record<string, unknown>) => object): void {
  const state = JSON.parse(readFileSync(run.file("run.json"), "utf8"));
  writeFileSync(run.file("run.json"), JSON.stringify({ ...state, ...change(state) }));
}

const deadOwner = () => ({ owner: { pid: spawnSync(process.execPath, ["-e", ""]).pid, start: "long ago" } });

describe("reapLeftovers", () => {
  const lines: string[] = [];
  const reap = () => reapLeftovers((line) => lines.push(line), env);

  it("ends the broker of a dead owner, even a paused one, and deletes its directory", async () => {
    const run = await RunDirectory.create("nats", env);
    const broker = identify(spawnBroker());
    run.noteChild(broker.pid);
    await freeze(broker.pid);
    rewrite(run, deadOwner);
    await Promise.all([reap(), reap()]);
    expect(isAlive(broker)).toBe(false);
    expect(existsSync(run.path)).toBe(false);
    expect(lines.join("\n")).toContain(String(broker.pid));
  });

  it("leaves the broker of a living owner alone", async () => {
    const run = await RunDirectory.create("kafka", env);
    const broker = identify(spawnBroker());
    run.noteChild(broker.pid);
    await reap();
    expect(isAlive(broker)).toBe(true);
    expect(existsSync(run.path)).toBe(true);
  });

  it("does not touch a process that only has the number of the owner or the broker", async () => {
    const run = await RunDirectory.create("kafka", env);
    const stranger = identify(spawnBroker());
    rewrite(run, () => ({
      owner: { pid: process.pid, start: "earlier" },
      child: { pid: stranger.pid, start: "earlier" },
    }));
    await reap();
    expect(isAlive(stranger)).toBe(true);
    expect(existsSync(run.path)).toBe(false);
  });

  it("leaves runs of another machine alone", async () => {
    const run = await RunDirectory.create("kafka", env);
    rewrite(run, () => ({ ...deadOwner(), host: "elsewhere" }));
    await reap();
    expect(existsSync(run.path)).toBe(true);
  });

  it("deletes a run that never came to a broker, and copes with no runs at all", async () => {
    await reap();
    const run = await RunDirectory.create("kafka", env);
    rewrite(run, deadOwner);
    await reap();
    expect(await readdir(join(env.STREAMSIDE_CACHE, "runs"))).toEqual([]);
  });
});
