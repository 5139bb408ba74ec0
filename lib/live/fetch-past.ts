import { z } from "zod";
import { CHANGES, type Comparison } from "../model/compare.ts";
import type { Incident, NewIncident } from "../model/incident.ts";
import { writeInstant } from "../model/instant.ts";
import type { Kept } from "../model/kept.ts";
import { type EpochMs, PROVENANCES } from "../model/reading.ts";
import { SEVERITIES, STATUSES } from "../model/status.ts";
import { askServer, type NoAnswer } from "./ask-server.ts";

const number = z.number();
const incident = z.object({
  id: z.string(),
  name: z.string(),
  note: z.string(),
  from: number,
  to: number,
  markedAt: number,
}) satisfies z.ZodType<Incident>;
const kept = z.discriminatedUnion("isOn", [
  z.object({ isOn: z.literal(false) }),
  z.object({
    isOn: z.literal(true),
    opened: incident.nullable(),
    incidents: z.array(incident),
    dir: z.string(),
    limits: z.object({ keepMs: number, tiersMs: z.array(number), maxBytes: number }).nullable(),
    tiers: z.array(
      z.object({ stepMs: number, from: number.nullable(), to: number.nullable(), bytes: number }),
    ),
    trouble: z.string().nullable(),
    from: number.nullable(),
    to: number.nullable(),
    bytes: number,
    bytesPerDay: number.nullable(),
    windowMs: number,
  }),
]) satisfies z.ZodType<Kept>;

/** What is kept of the past; null where the server does not say. Rejects only where `signal` aborts. */
export async function fetchKept(signal: AbortSignal): Promise<Kept | null> {
  const asked = await askServer("recordings", kept, "what is kept", { signal });
  return "answer" in asked ? asked.answer : null;
}

const reading = z.object({ value: number.nullable(), provenance: z.enum(PROVENANCES) });
const standing = z.object({ status: z.enum(STATUSES), latencyMs: reading, backlog: reading });
const comparison = z.object({
  before: number,
  after: number,
  rows: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      source: z.string(),
      sourceName: z.string(),
      system: z.string(),
      stream: z.string(),
      backlogUnit: z.enum(["messages", "bytes"]),
      change: z.enum(CHANGES),
      before: standing.nullable(),
      after: standing.nullable(),
    }),
  ),
  counts: z.record(z.enum(CHANGES), number),
  all: number,
});

/**
 * Who stands otherwise than at another moment. Rejects only where `signal` aborts.
 *
 * @param at null: now
 */
export async function fetchComparison(
  at: EpochMs | null,
  other: EpochMs,
  signal: AbortSignal,
): Promise<{ readonly answer: Comparison } | NoAnswer> {
  const path = `compare?with=${writeInstant(other)}${at === null ? "" : `&at=${writeInstant(at)}`}`;
  return askServer<Comparison>(path, comparison as z.ZodType<Comparison>, "a comparison", { signal });
}

/** Names a span, so that it is kept. Rejects only where `signal` aborts. */
export async function markIncident(
  marked: NewIncident,
  signal: AbortSignal,
): Promise<{ readonly answer: Incident } | NoAnswer> {
  return askServer("incidents", incident, "what was marked", { signal, method: "POST", body: marked });
}

/** Lets go of an incident and of what only it still holds. Rejects only where `signal` aborts. */
export async function deleteIncident(
  id: string,
  signal: AbortSignal,
): Promise<{ readonly answer: unknown } | NoAnswer> {
  return askServer(`incidents/${id}`, z.unknown(), "that it is deleted", { signal, method: "DELETE" });
}

/** Where an incident is to be had as one file. */
export function exportHref(id: string): string {
  return `/api/v1/incidents/${id}/export`;
}

const mark = z.object({
  at: number,
  count: number,
  severity: z.enum(SEVERITIES).nullable(),
  title: z.string(),
  entity: z.string().nullable(),
});

/** What happened around a moment, as many events as there is room for. */
export type Mark = z.infer<typeof mark>;

/** Whose marks: of a consumer or stream by its name, and of its source as a whole. */
export interface MarksOf {
  readonly source: string;
  readonly entity: string;
}

/** What happened in a span, to everything unless it is said to whom; null where the server does not say. Rejects only where `signal` aborts. */
export async function fetchMarks(
  from: EpochMs,
  to: EpochMs,
  signal: AbortSignal,
  of?: MarksOf,
): Promise<readonly Mark[] | null> {
  const path = `marks?${new URLSearchParams({ from: writeInstant(from), to: writeInstant(to), ...of })}`;
  const asked = await askServer(path, z.array(mark), "what happened", { signal });
  return "answer" in asked ? asked.answer : null;
}
