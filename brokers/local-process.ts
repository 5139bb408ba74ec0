import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { BrokerError, type BrokerErrorCode, throwIfAborted } from "./broker-error.ts";
import { childEnvironment, type Environment } from "./environment.ts";
import { signalGroup, waitUntil } from "./processes.ts";
import { lastLines } from "./run-command.ts";
import { freeze, thaw } from "./stand-still.ts";

const orderlyStopMs = 10_000;
const startTimeoutMs = 60_000;

export interface ProcessPlan {
  /** For messages: "Kafka 4.3.1". */
  title: string;
  command: string;
  args: string[];
  env: Environment;
  log: string;
  /** One question whether it answers as itself; false until it does. */
  ready(): Promise<boolean>;
  /** In the log, says that the port was taken. */
  bindFailure: RegExp;
  spawned(pid: number): void;
}

/** One run of a broker process, leader of its own group so that Ctrl-C in a terminal does not reach it before the orderly stop. */
export class LocalProcess {
  readonly pid: number;
  private readonly child: ChildProcess;

  private constructor(
    private readonly plan: ProcessPlan,
    private readonly logOffset: number,
    child: ChildProcess & { pid: number },
  ) {
    this.child = child;
    this.pid = child.pid;
  }

  /** Spawns and waits until it answers. When that fails nothing is left running. */
  static async start(plan: ProcessPlan, signal?: AbortSignal): Promise<LocalProcess> {
    throwIfAborted(signal);
    const log = openSync(plan.log, "a");
    const logOffset = readFileSync(plan.log).length;
    const child = spawn(plan.command, plan.args, {
      env: childEnvironment(plan.env),
      detached: true,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    if (!hasPid(child)) {
      const cause = await new Promise<Error>((resolve) => child.once("error", resolve));
      throw new BrokerError("start-failed", `${plan.title} could not be run: ${cause.message}`, { cause });
    }
    plan.spawned(child.pid);
    const started = new LocalProcess(plan, logOffset, child);
    try {
      await started.untilReady(signal);
      return started;
    } catch (error) {
      await started.kill();
      throw error;
    }
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) signalGroup(this.pid, signal);
  }

  /** Throws where it is still there after ten seconds: who goes on then would meet it alive. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    if (await this.gone(orderlyStopMs)) return;
    throw this.failure(
      "not-stopped",
      `(process ${this.pid}) is still there ${orderlyStopMs / 1000} s after SIGKILL`,
    );
  }

  /** Brokers are one process each: the others of its group, if any, need not be waited for. */
  async pause(): Promise<void> {
    if (this.running) await freeze(this.pid);
  }

  async resume(): Promise<void> {
    if (this.running) await thaw(this.pid);
  }

  async stop(): Promise<void> {
    this.signal("SIGTERM");
    this.signal("SIGCONT"); // a paused one would not get to see it
    if (!(await this.gone(orderlyStopMs))) await this.kill();
  }

  private gone(timeoutMs: number): Promise<boolean> {
    return waitUntil(() => !this.running && !signalGroup(this.pid, 0), timeoutMs);
  }

  private async untilReady(signal: AbortSignal | undefined): Promise<void> {
    const deadline = Date.now() + startTimeoutMs;
    for (;;) {
      const answered = await this.plan.ready();
      throwIfAborted(signal);
      if (!this.running) throw this.ended();
      if (answered) return;
      if (Date.now() > deadline) {
        throw this.failure("start-failed", `did not answer within ${startTimeoutMs / 1000} s`);
      }
      await delay(40);
    }
  }

  private ended(): BrokerError {
    if (this.plan.bindFailure.test(this.output())) return this.failure("port-taken", "found its port taken");
    return this.failure(
      "start-failed",
      `ended while starting (${this.child.signalCode ?? this.child.exitCode})`,
    );
  }

  private failure(code: BrokerErrorCode, what: string): BrokerError {
    return new BrokerError(code, `${this.plan.title} ${what}. The end of its log:\n${this.excerpt()}`);
  }

  /** The last complaints: after a failure Kafka goes on to report an orderly shutdown at length. */
  private excerpt(): string {
    const complaints = this.output()
      .split("\n")
      .filter((line) => !/\] INFO |\[INF\]/.test(line));
    return lastLines(complaints.join("\n")) || lastLines(this.output());
  }

  /** What this run wrote; an earlier run of the same broker wrote to the same file. */
  private output(): string {
    return readFileSync(this.plan.log).subarray(this.logOffset).toString("utf8");
  }
}

function hasPid(child: ChildProcess): child is ChildProcess & { pid: number } {
  return child.pid !== undefined;
}
