import { isDeepStrictEqual } from "node:util";
import { WINDOW_MS } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import type { SourcePipeline } from "../pipeline/source-pipeline.ts";
import type { Snapshot } from "../store/snapshot.ts";
import type { Store } from "../store/store.ts";
import type { Entry } from "./entry.ts";
import { type LoggedEvent, readEvents } from "./event-log.ts";
import { JournalError } from "./journal-error.ts";
import { type OnUnread, SegmentReader, sameAs } from "./read-segments.ts";
import { positionsIn, readWindowMs } from "./read-window.ts";
import { replay } from "./replay.ts";
import type { SourcesRecorded } from "./segment.ts";
import { eventsPathOf, type SegmentFile } from "./segment-files.ts";
import { type Started, StartedSegments, segmentsOfSpan } from "./started-segments.ts";

/** Pipelines that what was recorded is put into, and the store that they fill. */
export interface Assembled {
  readonly pipelines: ReadonlyMap<string, SourcePipeline>;
  readonly store: Store;
}

export interface PastOptions {
  readonly folder: string;
  /** As they were when these sources were recorded. */
  readonly assemble: (sources: SourcesRecorded) => Assembled;
  readonly onUnread: OnUnread;
}

/** A round is recorded each second: where none was for so long, nobody watched. */
const GAP_MS = 10_000;
/** Moments that can be gone on from without reading all before them again: each holds what a live store holds. */
const MOST_PLAYERS = 3;
/** Going on over more than this takes longer than beginning anew. */
const GO_ON_MOST_MS = WINDOW_MS;
/** Nobody records so much in 20 minutes; reading on would never end. */
const MOST_ENTRIES = 500_000;

/**
 * What is recorded in a folder, at any of its moments: the 15 minutes before it are put into pipelines again, as they were
 * when they were sampled. One question at a time.
 */
export class Past {
  /** The last one that was asked is the last. */
  private players: Player[] = [];
  private readonly started: StartedSegments;

  constructor(private readonly options: PastOptions) {
    this.started = new StartedSegments(options.folder, options.onUnread);
  }

  /**
   * What was there at a moment; where nothing was recorded just before it, what was there when something last was. Good
   * until the next moment is asked for.
   *
   * @throws JournalError `NOTHING_THEN`, and what reading the disk throws
   */
  async at(at: EpochMs): Promise<Snapshot> {
    const player = this.playerFor(at) ?? (await this.begin(at));
    this.players = this.players.filter((each) => each !== player);
    try {
      await player.play(at);
    } catch (error) {
      // One that fails is not gone on from.
      await player.close();
      throw error;
    }
    this.players.push(player);
    if (this.players.length > MOST_PLAYERS) await this.players.shift()!.close();
    return shownOf(player, at);
  }

  /** What happened in a span, the oldest first. */
  async events(from: EpochMs, to: EpochMs): Promise<LoggedEvent[]> {
    const events: LoggedEvent[] = [];
    for (const { file } of segmentsOfSpan(await this.started.list(), from, to)) {
      for (const event of await readEvents(eventsPathOf(file.path))) {
        if (event.at >= from && event.at <= to) events.push(event);
      }
    }
    return events.sort((a, b) => a.at - b.at);
  }

  private playerFor(at: EpochMs): Player | undefined {
    return this.players.findLast((player) => player.canReach(at));
  }

  /** One that is about to play the 15 minutes before a moment. */
  private async begin(at: EpochMs): Promise<Player> {
    const started = await this.started.list();
    // A clock that was set back makes two segments of one moment: the newer one is what people remember.
    const end = started.findLastIndex(({ header }) => header.startedAt <= at);
    if (end < 0) throw nothingAt();
    const windowMs = readWindowMs(await positionsIn(started[end]!.file));
    let begin = end;
    while (begin > 0 && started[begin]!.header.startedAt > at - windowMs) begin--;
    const { sources } = started[end]!.header;
    const first = started[begin]!.file.number;
    const reader = new SegmentReader(
      filesFrom(started, first, end, sources),
      this.options.onUnread,
      sameAs(sources),
    );
    const other = started.find((each, i) => i >= end && isOther(each, sources));
    const endsAt = other?.header.startedAt ?? Number.POSITIVE_INFINITY;
    return new Player(this.options.assemble(sources), reader, endsAt, async () => {
      const now = await this.started.list();
      return filesFrom(
        now,
        first,
        now.findIndex(({ header }) => header === started[end]!.header),
        sources,
      );
    });
  }
}

/** From a segment on, until one after the `last` was recorded of other sources, or with other settings. */
function filesFrom(
  started: readonly Started[],
  first: number,
  last: number,
  sources: SourcesRecorded,
): SegmentFile[] {
  const other = started.findIndex((each, i) => i >= last && isOther(each, sources));
  return started
    .slice(0, other < 0 ? undefined : other)
    .map(({ file }) => file)
    .filter(({ number }) => number >= first);
}

function isOther({ header }: Started, sources: SourcesRecorded): boolean {
  return !isDeepStrictEqual(header.sources, sources);
}

function shownOf({ last, store }: Player, at: EpochMs): Snapshot {
  if (last === null) throw nothingAt();
  return store.at(at - last > GAP_MS ? last : at);
}

/** What was recorded, on its way through the pipelines. */
class Player {
  readonly store: Store;
  /** Time of the newest entry that is in. */
  last: EpochMs | null = null;
  private readonly pipelines: ReadonlyMap<string, SourcePipeline>;
  /** Everything until here is in. */
  private until = Number.NEGATIVE_INFINITY;
  /** The first one that is not. */
  private waiting: Entry | null = null;
  private entriesSince = 0;

  /**
   * @param endsAt from then on other sources were recorded, or with other settings
   * @param segmentsNow those that it reads, and what came after them
   */
  constructor(
    { pipelines, store }: Assembled,
    private readonly reader: SegmentReader,
    private readonly endsAt: EpochMs,
    private readonly segmentsNow: () => Promise<readonly SegmentFile[]>,
  ) {
    this.pipelines = pipelines;
    this.store = store;
  }

  canReach(at: EpochMs): boolean {
    return at >= this.until && at - this.until < GO_ON_MOST_MS && at < this.endsAt;
  }

  async play(until: EpochMs): Promise<void> {
    // What is recorded later is of later.
    if (until === this.until) return;
    this.until = until;
    this.entriesSince = 0;
    for (;;) {
      this.waiting ??= await this.read();
      if (this.waiting === null) return;
      const at = timeOf(this.waiting);
      if (at !== null && at > until) return;
      replay(this.waiting, this.pipelines, this.store);
      this.last = at ?? this.last;
      this.waiting = null;
    }
  }

  /** Lets go of the file that it reads. */
  close(): Promise<void> {
    return this.reader.close();
  }

  /** Null: there is no more, now. */
  private async read(): Promise<Entry | null> {
    if (++this.entriesSince > MOST_ENTRIES) {
      throw new JournalError("DAMAGED", `More than ${MOST_ENTRIES} entries were recorded in 20 minutes.`);
    }
    const entry = await this.reader.next();
    if (entry !== null) return entry;
    await this.reader.extend(await this.segmentsNow());
    return this.reader.next();
  }
}

function timeOf(entry: Entry): EpochMs | null {
  switch (entry.kind) {
    case "sample":
    case "focus":
      return entry.sample.finishedAt;
    case "failure":
      return entry.failure.at;
    case "skip":
      return null;
    default:
      return entry.at;
  }
}

function nothingAt(): JournalError {
  return new JournalError("NOTHING_THEN", "Nothing is recorded of that moment, nor of one before it.");
}
