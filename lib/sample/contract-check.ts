import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { STATUSES } from "../model/status.ts";
import type { Collector } from "./collector.ts";
import { CollectorError } from "./collector-error.ts";
import { ConsumerFlag } from "./consumer-flag.ts";
import type { Gauge } from "./gauge.ts";
import type { Layout } from "./layout.ts";
import type { Sample } from "./sample.ts";
import type { SampleWords } from "./words.ts";

/** How long "soon" is: an aborted sample, a close. */
const SOON_MS = 2_000;
const ANSWER_MS = 20_000;
/** Topology may be looked at as rarely as every 30 s. */
const CHANGE_SEEN_MS = 60_000;
/** A change shows within 5 s, and a sample takes its time. */
const POSITION_AGE_MS = 6_000;
/** What a source pushes several times a second is as old as its newest push. */
const LANE_AGE_MS = 600;
/** Clocks are read in whole milliseconds, at different places. */
const CLOCK_TOLERANCE_MS = 20;
const ROWS_SAID = 50;

export interface ContractSubject {
  readonly collector: Collector;
  /** What its kind has to say of its samples. */
  readonly words: SampleWords;
  /** Adds something to the source: a topic, a consumer, a call. */
  readonly change?: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface ContractOptions {
  /** A collector on a source that answers, with at least one stream. */
  readonly start: () => Promise<ContractSubject>;
  /** A collector on an address at which nothing answers. */
  readonly unreachable: () => Collector;
}

/** What every collector keeps to. Call it from the collector's own `*.int.test.ts`. */
export function checkCollectorContract(name: string, { start, unreachable }: ContractOptions): void {
  describe(`${name} keeps the collector contract`, () => {
    let subject: ContractSubject;
    beforeAll(async () => {
      subject = await start();
    }, 180_000);
    afterAll(async () => {
      await subject?.collector.close();
      await subject?.stop();
    }, 60_000);

    it("returns an observation that holds together", async () => {
      expect(observationBreaches(await take(subject.collector))).toEqual([]);
    });

    it(
      "keeps the version of its layout while nothing changes",
      async () => {
        let before = await take(subject.collector);
        let after = await take(subject.collector);
        // The first samples may still be finding out what there is.
        for (let tries = 0; tries < 5 && after.layout.version !== before.layout.version; tries++) {
          before = after;
          after = await take(subject.collector);
        }
        expect(after.layout.version, "the layout is another one at every sample").toBe(before.layout.version);
        expect(observationBreaches(after)).toEqual([]);
      },
      CHANGE_SEEN_MS,
    );

    it(
      "returns plain data, and writes nothing into it again",
      async () => {
        const sample = await take(subject.collector);
        const kept = structuredClone(sample);
        const said = wordsOf(subject.words, sample);
        for (let others = 0; others < 3; others++) await take(subject.collector);
        expect(kept, "a copy means the same").toEqual(sample);
        expect(wordsOf(subject.words, kept), "and is told in the same words").toEqual(said);
      },
      ANSWER_MS,
    );

    it(
      "shows a change as a new layout in which everything else has its old key",
      async ({ skip }) => {
        if (subject.change === undefined) skip();
        const before = await take(subject.collector);
        await subject.change?.();
        const deadline = Date.now() + CHANGE_SEEN_MS;
        let after = await take(subject.collector);
        while (after.layout.version === before.layout.version && Date.now() < deadline)
          after = await take(subject.collector);
        expect(layoutChangeBreaches(before.layout, after.layout)).toEqual([]);
        expect(observationBreaches(after)).toEqual([]);
      },
      CHANGE_SEEN_MS + ANSWER_MS,
    );

    it("rejects at once when the signal is aborted already", async () => {
      expect(await outcome(subject.collector.sample(AbortSignal.abort()), SOON_MS)).toBe("rejected");
    });

    it(
      "rejects soon when the signal aborts during the sample, and samples again after it",
      async () => {
        const abort = new AbortController();
        const sampling = subject.collector.sample(abort.signal);
        abort.abort();
        expect(await outcome(sampling, SOON_MS)).toBe("rejected");
        expect(observationBreaches(await take(subject.collector))).toEqual([]);
      },
      ANSWER_MS * 2,
    );

    it(
      "rejects with a coded error when nothing answers, each time",
      async () => {
        const collector = unreachable();
        try {
          for (let attempt = 0; attempt < 2; attempt++) {
            const sampling = collector.sample(new AbortController().signal);
            expect(await outcome(sampling, ANSWER_MS)).toBe("rejected");
            expect(errorBreaches(await sampling.catch((error: unknown) => error))).toEqual([]);
          }
        } finally {
          await collector.close();
        }
      },
      ANSWER_MS * 3,
    );

    it("closes twice, and never samples again", async () => {
      const collector = unreachable();
      expect(await outcome(collector.close(), SOON_MS)).toBe("resolved");
      expect(await outcome(collector.close(), SOON_MS)).toBe("resolved");
      expect(await outcome(collector.sample(new AbortController().signal), SOON_MS)).toBe("rejected");
    });

    // Last: it uses the subject up.
    it("closes while a sample is under way", async () => {
      const sampling = outcome(subject.collector.sample(new AbortController().signal), SOON_MS);
      expect(await outcome(subject.collector.close(), SOON_MS)).toBe("resolved");
      expect(await sampling).not.toBe("still waiting");
      expect(await outcome(subject.collector.close(), SOON_MS)).toBe("resolved");
      expect(await outcome(subject.collector.sample(new AbortController().signal), SOON_MS)).toBe("rejected");
    });
  });
}

/** Everything its kind has to say of a sample, of some rows each. */
function wordsOf(words: SampleWords, sample: Sample) {
  const rows = <T>(count: number, say: (row: number) => T) =>
    Array.from({ length: Math.min(count, ROWS_SAID) }, (_, row) => say(row));
  const { streams, consumers } = sample.layout;
  return {
    streams: rows(streams.length, (row) => words.streamFacts(sample, row)),
    consumers: rows(consumers.length, (row) => [
      words.consumerFacts(sample, row),
      STATUSES.map((status) => words.explain(sample, row, status)),
    ]),
    calls: rows(sample.calls?.count ?? 0, (row) => words.callDetail(sample, row)),
  };
}

function take(collector: Collector): Promise<Sample> {
  return collector.sample(AbortSignal.timeout(ANSWER_MS));
}

async function outcome(
  work: Promise<unknown>,
  withinMs: number,
): Promise<"resolved" | "rejected" | "still waiting"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"still waiting">((resolve) => {
    timer = setTimeout(() => resolve("still waiting"), withinMs);
  });
  const ended = work.then(
    () => "resolved" as const,
    () => "rejected" as const,
  );
  return Promise.race([ended, late]).finally(() => clearTimeout(timer));
}

/** What is wrong with what an unreachable source's sample rejected with. */
export function errorBreaches(error: unknown): string[] {
  if (!(error instanceof CollectorError))
    return [`rejected with ${String(error)}, not with a CollectorError`];
  return (["code", "message", "hint"] as const)
    .filter((field) => error[field].trim() === "")
    .map((field) => `the error has no ${field}`);
}

/** What is wrong with a layout that followed another after something was added. */
export function layoutChangeBreaches(before: Layout, after: Layout): string[] {
  if (after.version === before.version)
    return ["the layout has the same version although the topology changed"];
  if (after.version < before.version) return ["the version of the layout counted down"];
  const breaches: string[] = [];
  for (const kind of ["streams", "consumers"] as const) {
    const keys = new Set(after[kind].map(({ key }) => key));
    for (const { key, name } of before[kind]) {
      if (!keys.has(key)) breaches.push(`${kind}: ${name} no longer has the key “${key}”`);
    }
  }
  return breaches;
}

/** Every way in which an observation does not hold together; empty when it does. */
export function observationBreaches(obs: Sample): string[] {
  return [
    ...timeBreaches(obs),
    ...layoutBreaches(obs.layout),
    ...columnBreaches(obs),
    ...memberBreaches(obs),
    ...callBreaches(obs),
    ...(isCount(obs.cost.requests) ? [] : [`cost.requests is ${obs.cost.requests}`]),
    ...gaugeBreaches(obs.gauges ?? []),
  ];
}

function gaugeBreaches(gauges: readonly Gauge[]): string[] {
  const shapes = new Map<string, string>();
  return gauges.flatMap(({ name, type, help, labels, value }) => {
    const breaches: string[] = [];
    if (!isKnowable(value)) breaches.push(`gauge ${name} is ${value}`);
    if (!/^[a-z_][a-z0-9_]*$/.test(name)) breaches.push(`gauge “${name}” has no name that Prometheus takes`);
    const shape = JSON.stringify([type, help, Object.keys(labels)]);
    if ((shapes.get(name) ?? shape) !== shape) breaches.push(`gauge ${name} is told as two different things`);
    shapes.set(name, shape);
    return breaches;
  });
}

function timeBreaches({ startedAt, finishedAt, lanes, positions }: Sample): string[] {
  const breaches: string[] = [];
  if (!Number.isFinite(startedAt) || !Number.isFinite(finishedAt) || finishedAt < startedAt) {
    breaches.push(`taken from ${startedAt} to ${finishedAt}`);
  }
  // A position that nothing suggests has moved may be read less often than every time.
  for (const [name, column, oldest] of [
    ["lanes.asOf", lanes.asOf, startedAt - LANE_AGE_MS],
    ["positions.asOf", positions.asOf, startedAt - POSITION_AGE_MS],
  ] as const) {
    const row = column.findIndex(
      (at) => at < oldest - CLOCK_TOLERANCE_MS || at > finishedAt + CLOCK_TOLERANCE_MS,
    );
    if (row >= 0) breaches.push(`${name}[${row}] is ${column[row]}, outside ${oldest} to ${finishedAt}`);
  }
  return breaches;
}

function layoutBreaches({ streams, lanes, consumers, positions }: Layout): string[] {
  const breaches = [
    ...repeated(
      "streams.key",
      streams.map(({ key }) => key),
    ),
    ...repeated(
      "consumers.key",
      consumers.map(({ key }) => key),
    ),
    ...wrongLength("lanes.stream", lanes.stream, lanes.count),
    ...wrongLength("lanes.number", lanes.number, lanes.count),
    ...wrongLength("lanes.label", lanes.label ?? null, lanes.count),
    ...wrongLength("positions.consumer", positions.consumer, positions.count),
    ...wrongLength("positions.lane", positions.lane, positions.count),
    ...wrongLength("positions.start", positions.start, consumers.length + 1),
    ...outOfRange("lanes.stream", lanes.stream, 0, streams.length),
    ...outOfRange("positions.consumer", positions.consumer, 0, consumers.length),
    ...outOfRange("positions.lane", positions.lane, 0, lanes.count),
  ];
  for (const { key, streams: read } of consumers) {
    breaches.push(...outOfRange(`streams of consumer “${key}”`, read, 0, streams.length));
  }
  if (breaches.length > 0) return breaches; // what follows reads rows through rows
  return [
    ...repeated(
      "lane",
      [...lanes.stream].map((stream, lane) => `${streams[stream]!.key}/${lanes.number[lane]}`),
    ),
    ...startBreaches(consumers.length, positions),
    ...repeated(
      "position",
      [...positions.consumer].map(
        (consumer, row) => `${consumers[consumer]!.key} on lane ${positions.lane[row]}`,
      ),
    ),
    ...[...positions.consumer].flatMap((consumer, row) => {
      const stream = lanes.stream[positions.lane[row]!]!;
      return consumers[consumer]!.streams.includes(stream)
        ? []
        : [
            `positions[${row}] is of “${consumers[consumer]!.key}” in “${streams[stream]!.key}”, which it does not read`,
          ];
    }),
  ];
}

function startBreaches(consumers: number, { count, consumer, start }: Layout["positions"]): string[] {
  const breaches: string[] = [];
  if (start[0] !== 0 || start[consumers] !== count) {
    breaches.push(`positions.start runs from ${start[0]} to ${start[consumers]}, not from 0 to ${count}`);
  }
  for (let c = 0; c < consumers; c++) {
    if (start[c + 1]! < start[c]!) breaches.push(`positions.start falls at consumer ${c}`);
    for (let row = start[c]!; row < start[c + 1]!; row++) {
      if (consumer[row] === c) continue;
      breaches.push(`positions[${row}] is of consumer ${consumer[row]}, but start says ${c}`);
      break;
    }
  }
  return breaches;
}

function columnBreaches({ layout, lanes, positions, streams, consumers }: Sample): string[] {
  const columns: [name: string, column: Float64Array | null, rows: number][] = [
    ["lanes.head", lanes.head, layout.lanes.count],
    ["lanes.stable", lanes.stable ?? null, layout.lanes.count],
    ["lanes.floor", lanes.floor, layout.lanes.count],
    ["lanes.asOf", lanes.asOf, layout.lanes.count],
    ["lanes.messageBytes", lanes.messageBytes, layout.lanes.count],
    ["lanes.replicas", lanes.replicas, layout.lanes.count],
    ["lanes.inSync", lanes.inSync, layout.lanes.count],
    ["positions.position", positions.position, layout.positions.count],
    ["positions.backlog", positions.backlog, layout.positions.count],
    ["positions.inFlight", positions.inFlight, layout.positions.count],
    ["positions.latencyMs", positions.latencyMs, layout.positions.count],
    ["positions.lost", positions.lost, layout.positions.count],
    ["positions.unreadSince", positions.unreadSince, layout.positions.count],
    ["positions.asOf", positions.asOf, layout.positions.count],
    ["positions.stillSince", positions.stillSince ?? null, layout.positions.count],
    ["streams.inTotal", streams.inTotal, layout.streams.length],
    ["streams.outTotal", streams.outTotal, layout.streams.length],
    ["streams.held", streams.held ?? null, layout.streams.length],
    ["consumers.readers", consumers.readers, layout.consumers.length],
    ["consumers.dueTotal", consumers.dueTotal, layout.consumers.length],
    ["consumers.outTotal", consumers.outTotal, layout.consumers.length],
  ];
  const breaches = columns.flatMap(([name, column, rows]) => {
    const row = column?.findIndex((value) => !isKnowable(value)) ?? -1;
    return [
      ...wrongLength(name, column, rows),
      ...(row < 0 ? [] : [`${name}[${row}] is ${column![row]}; what is not known is NaN`]),
    ];
  });
  for (const [name, column] of [
    ["streams.retentionMs", streams.retentionMs],
    ["streams.retentionBytes", streams.retentionBytes],
    ["streams.retentionMessages", streams.retentionMessages],
  ] as const) {
    const row = column?.findIndex((value) => value < 0) ?? -1;
    breaches.push(...wrongLength(name, column, layout.streams.length));
    if (row >= 0) breaches.push(`${name}[${row}] is ${column![row]}; no limit is Infinity`);
  }
  const { backlog, inFlight } = positions;
  const over = inFlight?.findIndex((value, row) => value > (backlog?.[row] ?? Number.NaN)) ?? -1;
  if (over >= 0) breaches.push(`positions.inFlight[${over}] is more than the backlog it is a part of`);
  return [
    ...breaches,
    ...flagBreaches("consumers.flags", consumers.flags, layout.consumers.length),
    ...flagBreaches("positions.flags", positions.flags ?? null, layout.positions.count),
  ];
}

const ALL_FLAGS = Object.values(ConsumerFlag).reduce((bits: number, bit) => bits | bit, 0);

function flagBreaches(name: string, flags: Uint16Array | null, rows: number): string[] {
  const odd = flags?.findIndex((bits) => (bits & ~ALL_FLAGS) !== 0) ?? -1;
  return [
    ...wrongLength(name, flags, rows),
    ...(odd < 0 ? [] : [`${name}[${odd}] is ${flags![odd]}, which no flag means`]),
  ];
}

function callBreaches({ layout, calls }: Sample): string[] {
  if (calls === undefined) return [];
  const { count, key, live, stream, consumer, position, connection, flags } = calls;
  const numbers = ["startedAt", "deadlineAt", "sent", "received", "queued", "unread", "waitingMs"] as const;
  return [
    ...(isCount(live) ? [] : [`calls.live is ${live}`]),
    ...wrongLength("calls.key", key, count),
    ...repeated("calls.key", key),
    ...[stream, consumer, position, connection].flatMap((column) =>
      wrongLength("a row of calls", column, count),
    ),
    ...outOfRange("calls.stream", stream, 0, layout.streams.length),
    ...outOfRange("calls.consumer", consumer, -1, layout.consumers.length),
    ...outOfRange("calls.position", position, -1, layout.positions.count),
    ...flagBreaches("calls.flags", flags, count),
    ...[...numbers, "lastSentAt" as const, "lastReceivedAt" as const].flatMap((name) => {
      const row = calls[name].findIndex((value) => !isKnowable(value));
      return [
        ...wrongLength(`calls.${name}`, calls[name], count),
        ...(row < 0 ? [] : [`calls.${name}[${row}] is ${calls[name][row]}; what is not known is NaN`]),
      ];
    }),
  ];
}

function memberBreaches({ layout, positions, members }: Sample): string[] {
  return [
    ...wrongLength("positions.member", positions.member, layout.positions.count),
    ...outOfRange("positions.member", positions.member, -1, members.length),
    ...outOfRange(
      "members.consumer",
      members.map(({ consumer }) => consumer),
      0,
      layout.consumers.length,
    ),
  ];
}

function wrongLength(name: string, column: ArrayLike<unknown> | null, rows: number): string[] {
  return column === null || column.length === rows ? [] : [`${name} has ${column.length} rows, not ${rows}`];
}

function outOfRange(name: string, rows: ArrayLike<number>, from: number, to: number): string[] {
  const at = Array.from(rows).findIndex((row) => !Number.isInteger(row) || row < from || row >= to);
  return at < 0 ? [] : [`${name}[${at}] is ${rows[at]}, not ${from} to ${to - 1}`];
}

function repeated(name: string, keys: readonly string[]): string[] {
  const seen = new Set<string>();
  for (const key of keys) {
    if (key === "") return [`${name} is empty`];
    if (seen.has(key)) return [`${name} “${key}” is there twice`];
    seen.add(key);
  }
  return [];
}

/** NaN is fine: not known. */
function isKnowable(value: number): boolean {
  return Number.isNaN(value) || isCount(value);
}

function isCount(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}
