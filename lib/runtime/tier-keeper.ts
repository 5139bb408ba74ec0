import type { Clock } from "../async/clock.ts";
import type { EpochMs } from "../model/reading.ts";
import { type Bucket, Buckets, type Seen } from "../recording/tiers/buckets.ts";
import type { KeepTiers } from "../recording/tiers/keep-tiers.ts";
import { openTiers } from "../recording/tiers/open-tiers.ts";
import type { TierName } from "../recording/tiers/tier.ts";
import { runTierWork } from "./tier-work.ts";

/** What is gathered is written down this often: a restart after a kill gathers it again from what was recorded. */
const WRITE_MS = 5 * 60_000;
/** Or when it is so much: 26 bytes each. */
const WRITE_CELLS = 5e5;
/** Where nothing can be written so much waits, and no more. */
const MOST_CELLS = 3e6;
/** Of what history may take. */
const SHARE = 1 / 4;
/** One file more, before it is known how large it is. */
const NEXT_MOST_BYTES = 8e6;
const NEXT_SHARE = 1 / 16;

export interface TierKeeperOptions {
  /** Of the recording. */
  readonly folder: string;
  /** The bundle of the worker that writes. */
  readonly script: string;
  readonly keepMs: Readonly<Record<TierName, number>>;
  /** What all of history may take. */
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly onWarning: (text: string) => void;
}

/** Gathers what is sampled, and has it written down every few minutes, on a thread of its own. */
export class TierKeeper {
  private buckets = new Buckets();
  /** Those that are being written, or could not be. */
  private waiting: Buckets[] = [];
  private bytes = 0;
  private begunAt: number;
  private writing: Promise<void> | null = null;
  private writes = 0;
  private isFailing = false;

  constructor(private readonly options: TierKeeperOptions) {
    this.begunAt = options.clock.elapsed();
  }

  /** Looks at what there is. All values up to the moment that it resolves with are in it; null: none are. */
  async open(): Promise<EpochMs | null> {
    const { until, bytes } = await openTiers(this.options.folder, this.options.onWarning);
    this.bytes = bytes;
    this.buckets = new Buckets(until ?? Number.NEGATIVE_INFINITY);
    return until;
  }

  /** From now on what comes is news, whatever the clock says. */
  goLive(): void {
    this.waiting.push(this.buckets);
    this.buckets = new Buckets();
  }

  readonly add = (from: string, at: EpochMs, seen: Seen): void => this.buckets.add(from, at, seen);

  /** Writes where it is time to. To be called now and then. */
  tick(): void {
    const isDue = this.options.clock.elapsed() - this.begunAt >= WRITE_MS || this.buckets.size > WRITE_CELLS;
    if (isDue && this.writing === null) void this.write();
  }

  /** Room that is not for what is recorded: the tiers, the files that take their place, and the next one. */
  get reserved(): number {
    return 2 * this.bytes + Math.min(NEXT_MOST_BYTES, this.options.maxBytes * NEXT_SHARE);
  }

  /** What is on disk and, of the same moment, what is not yet. */
  async read<T>(
    readDisk: () => Promise<T>,
  ): Promise<{ readonly onDisk: T; readonly waiting: readonly Bucket[] }> {
    for (;;) {
      await this.writing;
      const before = this.writes;
      const onDisk = await readDisk();
      if (this.writing !== null || this.writes !== before) continue;
      return { onDisk, waiting: [...this.waiting, this.buckets].flatMap(({ all }) => all) };
    }
  }

  /** Resolves when all is on disk, or cannot be. */
  async close(): Promise<void> {
    await this.writing;
    await this.write();
  }

  private async write(): Promise<void> {
    this.goLive();
    this.begunAt = this.options.clock.elapsed();
    this.writing = this.writeWaiting(this.options.clock.now()).finally(() => {
      this.writing = null;
    });
    await this.writing;
  }

  private async writeWaiting(until: EpochMs): Promise<void> {
    const { folder, script, keepMs, maxBytes, onWarning } = this.options;
    const buckets = this.waiting.flatMap(({ all }) => all);
    const work: KeepTiers = { folder, buckets, until, keepMs, maxBytes: maxBytes * SHARE };
    const told = await runTierWork(script, { keep: work }, onWarning);
    if ("bytes" in told) {
      this.bytes = told.bytes;
      this.waiting = [];
      this.writes++;
      this.isFailing = false;
      return;
    }
    const cells = this.waiting.reduce((sum, { size }) => sum + size, 0);
    if (cells > MOST_CELLS) this.waiting = [];
    if (!this.isFailing || cells > MOST_CELLS) {
      const lost = cells > MOST_CELLS ? " What waited for it was let go of." : "";
      onWarning(
        `Long charts are not kept in ${folder}: ${told.failed}.${lost} It is tried again every five minutes.`,
      );
    }
    this.isFailing = true;
  }
}
