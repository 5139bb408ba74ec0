import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Progress } from "./broker.ts";
import { throwIfAborted } from "./broker-error.ts";
import type { Environment } from "./environment.ts";
import { identify, isAlive, type ProcessIdentity, processStart } from "./processes.ts";

/** Where downloads, run directories and logs of failed starts live; outside any checkout. */
export function cacheDirectory(env: Environment = process.env): string {
  if (env.STREAMSIDE_CACHE) return env.STREAMSIDE_CACHE;
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache"), "streamside");
}

export interface Install {
  /** The finished directory: it exists only when complete. */
  directory: string;
  what: string;
  log: Progress;
  signal?: AbortSignal | undefined;
  /** Fills an empty directory beside it. */
  install(partial: string): Promise<void>;
}

/**
 * Makes a directory exist, once, whoever asks. A lock spares a second download; the rename at the end is what keeps it
 * right, so a killed install leaves no half cache and a lost lock does no harm.
 */
export async function installOnce(o: Install): Promise<string> {
  if (existsSync(o.directory)) return o.directory;
  await mkdir(dirname(o.directory), { recursive: true });
  const release = await acquire(o);
  const partial = `${o.directory}.partial-${process.pid}-${randomUUID().slice(0, 8)}`;
  try {
    if (existsSync(o.directory)) return o.directory;
    await removeAbandoned(o.directory);
    await mkdir(partial);
    await o.install(partial);
    await rename(partial, o.directory).catch((error: unknown) => {
      if (!existsSync(o.directory)) throw error;
    });
    return o.directory;
  } finally {
    await rm(partial, { recursive: true, force: true });
    await release();
  }
}

async function acquire(o: Install): Promise<() => Promise<void>> {
  const lock = `${o.directory}.lock`;
  const claim = `${lock}-${process.pid}-${randomUUID().slice(0, 8)}`;
  await writeFile(claim, JSON.stringify(identify(process.pid)));
  try {
    for (let waited = 0; ; waited++) {
      try {
        await link(claim, lock); // atomic, and the lock is never seen empty
        return () => rm(lock, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const holder = await readHolder(lock);
      if (holder && !isAlive(holder)) {
        await rm(lock, { force: true });
        continue;
      }
      if (holder && waited % 15 === 0)
        o.log(`Waiting for process ${holder.pid}, which is fetching ${o.what} …`);
      throwIfAborted(o.signal);
      await delay(200);
    }
  } finally {
    await rm(claim, { force: true });
  }
}

async function readHolder(lock: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(lock, "utf8")) as ProcessIdentity;
  } catch {
    return undefined; // released just now
  }
}

/** What killed installs left behind. */
async function removeAbandoned(directory: string): Promise<void> {
  const ours = `${basename(directory)}.`;
  for (const name of await readdir(dirname(directory))) {
    if (!name.startsWith(ours)) continue;
    const pid = /^(?:partial|lock)-(\d+)-/.exec(name.slice(ours.length))?.[1];
    if (pid !== undefined && processStart(Number(pid)) === undefined) {
      await rm(join(dirname(directory), name), { recursive: true, force: true });
    }
  }
}
