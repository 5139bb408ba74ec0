/**
 * What happened, beside the segment of its time: `00000001.events`, one line each, its CRC-32 in hexadecimal before it. All of it follows
 * from the segment; this is to find a moment without playing all of them.
 */
import { readFile } from "node:fs/promises";
import type { EpochMs } from "../model/reading.ts";
import type { SourceEvent } from "../model/source.ts";
import { createNames } from "../pipeline/events/event-names.ts";
import type { SampleSink } from "../pipeline/sample-sink.ts";
import type { Sampled } from "../pipeline/sampled.ts";
import { checksum } from "../sample/codec/form/checksum.ts";

export interface LoggedEvent extends Pick<SourceEvent, "at" | "kind" | "title" | "severity" | "began"> {
  readonly source: string;
  /** The name of the consumer or stream it concerns; null: the source as a whole. */
  readonly entity: string | null;
}

const SUM_DIGITS = 8;

/** The lines of these events, as they are to be appended. */
export function eventLines(events: readonly LoggedEvent[]): string {
  return events
    .map((event) => {
      const json = JSON.stringify(event);
      return `${sumOf(json)} ${json}\n`;
    })
    .join("");
}

/** What of a file is whole and what was written; nothing where there is no file. */
export async function readEvents(path: string): Promise<LoggedEvent[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const events: LoggedEvent[] = [];
  for (const line of text.split("\n")) {
    const json = line.slice(SUM_DIGITS + 1);
    if (json !== "" && line.slice(0, SUM_DIGITS) === sumOf(json))
      events.push(JSON.parse(json) as LoggedEvent);
  }
  return events;
}

function sumOf(json: string): string {
  return checksum(Buffer.from(json)).toString(16).padStart(SUM_DIGITS, "0");
}

/** Tells what happens to a source to whoever logs it. */
export function createEventSink(source: string, log: (events: readonly LoggedEvent[]) => void): SampleSink {
  let newest: Sampled | null = null;
  const tell = (events: readonly SourceEvent[]) => {
    if (events.length === 0) return;
    const nameOf = createNames(newest);
    log(events.map((event) => logged(source, event, nameOf(event))));
  };
  return {
    take(sampled, { events }) {
      newest = sampled;
      tell(events);
    },
    takeFocus() {},
    takeFailure: ({ events }) => tell(events),
    takeSkip() {},
    takeNote: (_sampled, events) => tell(events),
  };
}

function logged(source: string, event: SourceEvent, entity: string | null): LoggedEvent {
  const { at, kind, title, severity, began } = event;
  return {
    ...{ at, kind, title, source, entity },
    ...(severity !== undefined && { severity }),
    ...(began !== undefined && { began }),
  };
}

/** Some of the events that are near each other, as one. */
export interface EventMark {
  /** When the first of them happened. */
  readonly at: EpochMs;
  readonly count: number;
  /** The worst that one of them became; null: none of them is a change for better or worse. */
  readonly severity: NonNullable<SourceEvent["severity"]> | null;
  /** Of the worst of them, the first. */
  readonly title: string;
  readonly entity: string | null;
}

const WORST_FIRST = ["critical", "warning", "unknown", "good", null] as const;

/** Events of a span, as marks that are so far apart that this many fit in it. */
export function markEvents(
  events: readonly LoggedEvent[],
  from: EpochMs,
  to: EpochMs,
  most: number,
): EventMark[] {
  const stepMs = Math.max(1, (to - from) / most);
  const marks = new Map<number, EventMark>();
  for (const event of events) {
    if (event.at < from || event.at > to) continue;
    const place = Math.floor((event.at - from) / stepMs);
    const before = marks.get(place);
    const severity = event.severity ?? null;
    const { at, title, entity } = event;
    if (before === undefined) marks.set(place, { at, count: 1, severity, title, entity });
    else {
      const isWorse = WORST_FIRST.indexOf(severity) < WORST_FIRST.indexOf(before.severity);
      const told = isWorse ? { severity, title, entity } : {};
      marks.set(place, { ...before, ...told, at: Math.min(at, before.at), count: before.count + 1 });
    }
  }
  return [...marks.values()].sort((a, b) => a.at - b.at);
}
