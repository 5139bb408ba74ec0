import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** A process beyond its number: the system hands numbers out again, but not with the same start. */
export interface ProcessIdentity {
  pid: number;
  start: string;
}

/** When the process started, as an opaque text; undefined when it is gone or only a zombie. */
export function processStart(pid: number): string | undefined {
  return existsSync("/proc/self/stat") ? startFromProc(pid) : startFromPs(pid);
}

function startFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command name in parentheses and may hold anything, so count from the last ")".
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, startTicks] = [fields[0], fields[19]];
    if (state === "Z" || state === "X" || startTicks === undefined) return undefined;
    return `${bootId()}/${startTicks}`;
  } catch {
    return undefined;
  }
}

/** Ticks count from boot, so after a reboot they alone could match another process. */
function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

function startFromPs(pid: number): string | undefined {
  const ps = spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  });
  const line = ps.status === 0 ? ps.stdout.trim() : "";
  return line === "" || line.startsWith("Z") ? undefined : line.replace(/^\S+\s+/, "");
}

export function identify(pid: number): ProcessIdentity {
  return { pid, start: processStart(pid) ?? "" };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identity.start !== "" && processStart(identity.pid) === identity.start;
}

/** Signals a whole process group; false when there is none left. */
export function signalGroup(leaderPid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leaderPid, signal);
    return true;
  } catch {
    return false;
  }
}

/** True as soon as the condition holds, false when it does not within the time. */
export async function waitUntil(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) return false;
    await delay(20);
  }
  return true;
}
