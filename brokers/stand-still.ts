import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { BrokerError } from "./broker-error.ts";
import { waitUntil } from "./processes.ts";

const signalTimeoutMs = 10_000;

/**
 * SIGSTOP to one process, resolved once none of it runs any more. A signal is not done when it was sent: threads stop one
 * by one, each at its next step out of the kernel, and one that is not there yet still answers.
 *
 * @throws BrokerError `not-stopped` where that takes more than ten seconds
 */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  if (await waitUntil(() => standsStill(pid), signalTimeoutMs)) return;
  throw new BrokerError("not-stopped", `Process ${pid} still runs ${signalTimeoutMs / 1000} s after SIGSTOP`);
}

/** SIGCONT to one process, resolved once all of it may run again. Throws where the process is gone. */
export async function thaw(pid: number): Promise<void> {
  process.kill(pid, "SIGCONT");
  if (await waitUntil(() => !stateOf(pid).includes("T"), signalTimeoutMs)) return;
  throw new BrokerError(
    "not-stopped",
    `Process ${pid} still stands ${signalTimeoutMs / 1000} s after SIGCONT`,
  );
}

/** True where every thread of the process is stopped by a signal. */
export function standsStill(pid: number): boolean {
  return /^T+$/.test(stateOf(pid));
}

/** One letter a thread as `ps` has them; where the system does not tell of threads, one for the process. "" once it is gone. */
function stateOf(pid: number): string {
  return existsSync("/proc/self/task") ? statesFromProc(pid) : stateFromPs(pid);
}

function statesFromProc(pid: number): string {
  try {
    const threads = () => readdirSync(`/proc/${pid}/task`);
    const before = threads();
    const states = before.map((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
      // The second field is the name in parentheses and may hold anything.
      return stat[stat.lastIndexOf(")") + 2];
    });
    // Made while the others were looked at: it is not known how it stands.
    if (threads().length !== before.length) states.push("?");
    return states.join("");
  } catch {
    return ""; // a thread ended in between: the next look will tell
  }
}

function stateFromPs(pid: number): string {
  const ps = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return ps.status === 0 ? ps.stdout.trim().slice(0, 1) : "";
}
