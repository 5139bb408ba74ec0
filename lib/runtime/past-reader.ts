import { Worker } from "node:worker_threads";
import type { Clock } from "../async/clock.ts";
import { problem } from "../model/problem.ts";
import type { PastAnswer, PastQuestion } from "./past-questions.ts";

export interface PastWorkerData {
  readonly folder: string;
}

export interface ToPastWorker {
  readonly id: number;
  readonly question: PastQuestion;
}

export type FromPastWorker =
  | { readonly id: number; readonly answer: PastAnswer }
  | { readonly warning: string };

/** Questions that wait at once, of everybody. */
const MOST_WAITING = 40;
/** One answer takes at most so long; past it what waits is told so, and the reader begins anew. */
const PATIENCE_MS = 20_000;
/** What a reader holds is given back when nobody has asked for so long. */
const IDLE_MS = 120_000;
/** Of its heap: columns lie outside of it. */
const HEAP_MOST_MB = 1_024;

export interface PastReaderOptions {
  readonly folder: string;
  /** The bundle of the worker. */
  readonly script: string;
  readonly clock: Clock;
  readonly onWarning: (text: string) => void;
}

/** Asks the worker that reads what was recorded; it lives while somebody asks. */
export class PastReader {
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, (answer: PastAnswer) => void>();
  private readonly warned = new Set<string>();
  private asked = 0;
  private cancelTimer = () => {};

  constructor(private readonly options: PastReaderOptions) {}

  /** Never rejects. */
  ask(question: PastQuestion): Promise<PastAnswer> {
    if (this.waiting.size >= MOST_WAITING) {
      const detail = `${MOST_WAITING} questions about the past wait already; try again in a moment.`;
      return Promise.resolve({ ok: false, problem: problem(429, detail) });
    }
    this.worker ??= this.start();
    const id = this.asked++;
    this.worker.postMessage({ id, question } satisfies ToPastWorker);
    return new Promise((answer) => {
      this.waiting.set(id, answer);
      if (this.waiting.size === 1) this.wait(PATIENCE_MS);
    });
  }

  close(): void {
    this.end("Streamside is being stopped.");
  }

  private start(): Worker {
    const { script, folder } = this.options;
    const worker = new Worker(script, {
      workerData: { folder } satisfies PastWorkerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MOST_MB },
    });
    // It keeps nobody from ending.
    worker.unref();
    worker.on("message", (message: FromPastWorker) => {
      if ("warning" in message) return this.warn(message.warning);
      const tell = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      tell?.(message.answer);
      this.wait(this.waiting.size === 0 ? IDLE_MS : PATIENCE_MS);
    });
    worker.on("error", (error) => {
      if (this.worker === worker) this.end(`Reading the past failed: ${error.message}`);
    });
    return worker;
  }

  private warn(text: string): void {
    if (this.warned.has(text)) return;
    this.warned.add(text);
    this.options.onWarning(text);
  }

  private wait(ms: number): void {
    this.cancelTimer();
    this.cancelTimer = this.options.clock.after(ms, () =>
      this.end(`Reading the past took longer than ${PATIENCE_MS / 1_000} s and was given up.`),
    );
  }

  /** Whoever waits is told why there is no answer; the next question begins anew. */
  private end(why: string): void {
    this.cancelTimer();
    void this.worker?.terminate();
    this.worker = null;
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const tell of waiting) tell({ ok: false, problem: problem(503, why) });
  }
}
