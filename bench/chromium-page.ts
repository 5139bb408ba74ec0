import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { chromium } from "@playwright/test";
import { stopPart } from "./child.ts";

/** A page in a real Chromium. */
export interface ChromiumPage {
  /** What an expression is worth in the page. */
  evaluate<T>(expression: string): Promise<T>;
  /** CPU time of its main thread so far, in ms. */
  cost(): Promise<PageCost>;
  stop(): Promise<void>;
}

export interface PageCost {
  readonly task: number;
  readonly script: number;
  readonly layout: number;
  readonly style: number;
}

const FLAGS = [
  "--headless",
  "--remote-debugging-pipe",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--window-size=1440,900",
];

type Answers = (method: string, params?: object, sessionId?: string) => Promise<never>;

/**
 * Not through Playwright, which listens to the network of every page: each message that arrives would be told to it as
 * well, by the very thread that is measured.
 */
export async function openPage(url: string): Promise<ChromiumPage> {
  const profile = mkdtempSync(join(tmpdir(), "streamside-bench-chromium-"));
  const program = process.env.STREAMSIDE_CHROMIUM || chromium.executablePath();
  const child = spawn(program, [...FLAGS, `--user-data-dir=${profile}`], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const stop = async () => {
    await stopPart(child);
    // What it wrote last may come after the end of its first process.
    rmSync(profile, { recursive: true, force: true, maxRetries: 50 });
  };
  const ended = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error("Chromium has ended.")));
  });
  ended.catch(() => undefined);
  const ask = speak(child.stdio[3] as Writable, child.stdio[4] as Readable);
  const call = <T>(method: string, params?: object, sessionId?: string): Promise<T> =>
    Promise.race([ask(method, params, sessionId), ended]);
  try {
    const { targetId } = await call<{ targetId: string }>("Target.createTarget", { url });
    const { sessionId } = await call<{ sessionId: string }>("Target.attachToTarget", {
      targetId,
      flatten: true,
    });
    // CPU time and not time that passed: others use the cores as well.
    await call("Performance.enable", { timeDomain: "threadTicks" }, sessionId);
    return {
      stop,
      async evaluate<T>(expression: string) {
        const params = { expression, returnByValue: true };
        const { result } = await call<{ result: { value: T } }>("Runtime.evaluate", params, sessionId);
        return result.value;
      },
      async cost() {
        const { metrics } = await call<Metrics>("Performance.getMetrics", {}, sessionId);
        const ms = (name: string) => metrics.find((metric) => metric.name === name)!.value * 1_000;
        return {
          task: ms("TaskDuration"),
          script: ms("ScriptDuration"),
          layout: ms("LayoutDuration"),
          style: ms("RecalcStyleDuration"),
        };
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Metrics {
  readonly metrics: readonly { readonly name: string; readonly value: number }[];
}

/** The DevTools protocol over a pipe: JSON with a zero byte after each message. */
function speak(to: Writable, from: Readable): Answers {
  const waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  let [next, text] = [0, ""];
  to.on("error", () => undefined); // it has ended, which is told elsewhere
  from.setEncoding("utf8").on("data", (chunk: string) => {
    const messages = (text + chunk).split("\0");
    text = messages.pop()!;
    for (const message of messages) {
      const { id, result, error } = JSON.parse(message);
      const asked = waiting.get(id);
      waiting.delete(id);
      if (error) asked?.reject(new Error(error.message));
      else asked?.resolve(result as never);
    }
  });
  return (method, params = {}, sessionId) =>
    new Promise((resolve, reject) => {
      waiting.set(++next, { resolve, reject });
      to.write(`${JSON.stringify({ id: next, method, params, sessionId })}\0`);
    });
}
