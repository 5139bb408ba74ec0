import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Progress } from "./broker.ts";
import type { BrokerSystem } from "./broker-error.ts";
import { cacheDirectory } from "./cache.ts";
import type { Environment } from "./environment.ts";
import { identify, isAlive, type ProcessIdentity, signalGroup, waitUntil } from "./processes.ts";

const stateFile = "run.json";

interface RunState {
  system: BrokerSystem;
  host: string;
  owner: ProcessIdentity;
  /** The broker: leader of its own process group. Null until it was spawned. */
  child: ProcessIdentity | null;
}

/** Data, settings and log of one broker, with a note of who started it so that a later start can clean up. */
export class RunDirectory {
  readonly log: string;

  private constructor(
    readonly path: string,
    private readonly state: RunState,
  ) {
    this.log = join(path, "broker.log");
  }

  static async create(system: BrokerSystem, env: Environment = process.env): Promise<RunDirectory> {
    const runs = runsDirectory(env);
    const id = `${system}-${Date.now().toString(36)}-${randomUUID().slice(0, 8)}`;
    const state: RunState = { system, host: hostname(), owner: identify(process.pid), child: null };
    // Renamed into view with its note already written: nobody ever sees a run without an owner.
    const hidden = join(runs, `.new-${id}`);
    await mkdir(hidden, { recursive: true });
    writeFileSync(join(hidden, stateFile), JSON.stringify(state));
    const path = join(runs, id);
    await rename(hidden, path);
    return new RunDirectory(path, state);
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Synchronous, right after the spawn, so that a kill in between has next to no time. */
  noteChild(pid: number): void {
    this.state.child = identify(pid);
    const next = this.file(`${stateFile}.next`);
    writeFileSync(next, JSON.stringify(this.state));
    renameSync(next, this.file(stateFile));
  }

  /** Also called from a process "exit" handler, where only synchronous work gets done. */
  removeNow(): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Ends brokers whose owner died without stopping them, and deletes their directories. Safe to run at any time, twice at once. */
export async function reapLeftovers(log: Progress, env: Environment = process.env): Promise<void> {
  const runs = runsDirectory(env);
  const names = await readdir(runs).catch(() => []);
  await Promise.all(names.map((name) => reapRun(join(runs, name), log)));
}

async function reapRun(path: string, log: Progress): Promise<void> {
  const state = readState(path);
  if (state === undefined) {
    // No readable note: either being made or taken away at this moment, or a torso of long ago.
    const changed = await stat(path).catch(() => undefined);
    if (changed && Date.now() - changed.mtimeMs > 3_600_000) await rm(path, { recursive: true, force: true });
    return;
  }
  // Process numbers of another machine (a shared home, a container) say nothing here.
  if (state.host !== hostname() || isAlive(state.owner)) return;
  const { child } = state;
  if (child !== null && isAlive(child)) {
    log(`Ending a ${state.system} broker left behind by process ${state.owner.pid} (process ${child.pid})`);
    signalGroup(child.pid, "SIGKILL");
    if (!(await waitUntil(() => !isAlive(child), 5_000))) return;
  }
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

function readState(path: string): RunState | undefined {
  try {
    return JSON.parse(readFileSync(join(path, stateFile), "utf8")) as RunState;
  } catch {
    return undefined;
  }
}

function runsDirectory(env: Environment): string {
  return join(cacheDirectory(env), "runs");
}
