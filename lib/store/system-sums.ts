import type { Reading } from "../model/reading.ts";
import { UNKNOWN_READING, weakerProvenance } from "../model/reading.ts";
import { STATUSES, type Status, worseStatus } from "../model/status.ts";
import type { System } from "../model/system.ts";
import type { SystemView } from "../model/views.ts";
import { backlogOf, dueOf, latencyOf, outOf } from "../pipeline/readings.ts";
import type { Sampled } from "../pipeline/sampled.ts";
import type { CallColumns } from "../sample/calls.ts";
import type { SourceSnapshot } from "./source-snapshot.ts";

/** Consumers whose backlog does not count in the sums of those that stay. */
const APART: ReadonlySet<Status> = new Set(["leaving", "left"]);

/**
 * One system over all its sources. A source that cannot be sampled makes the sums lower bounds, and unknown where no
 * other source is left: its last numbers never stand for now.
 */
export function viewSystem(system: System, sources: readonly SourceSnapshot[]): SystemView {
  const current = sources.filter(({ isCurrent }) => isCurrent);
  const samples = current.flatMap(({ sampled }) => (sampled === null ? [] : [sampled]));
  const complete = current.length === sources.length;
  const asOf = Math.min(...samples.map(({ observation }) => observation.finishedAt));

  const sums = { in: new Sum(), due: new Sum(), out: new Sum(), backlog: new Sum(), latency: new Maximum() };
  const aside = { in: new Sum(), out: new Sum(), present: false };
  const counts = { streams: 0, consumers: 0 };
  let calls: SystemView["calls"] = null;
  let status: Status = samples.length === 0 ? "unknown" : "idle";
  let worst: SystemView["worst"] = null;
  // Core traffic contains JetStream's: beside it, it may not be added to it.
  const coreApart = samples.some(({ layout }) => layout.streams.some(({ kind }) => kind === "jetstream"));

  // What is listed, also of a source that is lost: its rows are there, as they were last known.
  for (const { sampled } of sources) {
    counts.streams += sampled?.layout.streams.length ?? 0;
    counts.consumers += sampled?.layout.consumers.filter(({ kind }) => kind !== "connection").length ?? 0;
  }
  const served = methodsServed(samples);

  for (const sampled of samples) {
    const { layout, derived, observation } = sampled;
    if (observation.calls !== undefined)
      calls = addCalls(calls, observation.calls, sampled.usualLimits.stillLeastMs);
    for (const [row, { kind, name, calls: about }] of layout.streams.entries()) {
      // Both ends of a call count its messages; they arrive once.
      if (about?.side === "client" && served.has(name)) continue;
      const into = kind === "core" && coreApart ? aside : sums;
      into.in.add(derived.streams.inPerSecond[row]!);
      if (kind !== "core") continue;
      if (into === aside) aside.present = true;
      into.out.add(derived.streams.outPerSecond[row]!);
    }
    for (const [row, info] of layout.consumers.entries()) {
      if (sampled.limits[row]!.ignore) continue;
      status = worseStatus(status, STATUSES[derived.consumers.status[row]!]!);
      // What goes away by itself, or is no longer read, is nobody's backlog.
      if (info.backlogUnit === "bytes" || APART.has(STATUSES[derived.consumers.status[row]!]!)) continue;
      sums.due.addReading(dueOf(sampled, row));
      sums.out.addReading(outOf(sampled, row));
      const backlog = backlogOf(sampled, row);
      sums.backlog.addReading(backlog);
      const latency = latencyOf(sampled, row);
      if (sums.latency.take(latency)) worst = { id: sampled.consumerIds[row]!, name: info.name };
      if (latency.value === null && backlog.value !== null && backlog.value > 0) sums.latency.isBound();
    }
  }
  if (!complete) status = worseStatus(status, "unknown");

  const due = sums.due.reading(complete);
  const out = sums.out.reading(complete);
  const failed = sources.filter(({ isCurrent }) => !isCurrent);
  return {
    id: system,
    system,
    status,
    inPerSecond: sums.in.reading(complete),
    duePerSecond: due,
    outPerSecond: out,
    backlog: sums.backlog.reading(complete),
    backlogPerSecond: due.value === null || out.value === null ? null : due.value - out.value,
    latencyMs: sums.latency.reading(complete),
    worst,
    asOf: Number.isFinite(asOf) ? asOf : null,
    counts: { sources: sources.length, sourcesLive: current.length, ...counts },
    calls,
    failure: failed.length === sources.length ? (failed[0]?.table.lastFailure ?? null) : null,
    aside: aside.present
      ? [
          {
            label: "core",
            inPerSecond: aside.in.reading(complete),
            outPerSecond: aside.out.reading(complete),
          },
        ]
      : [],
  };
}

/** Methods of which the serving end is watched. */
function methodsServed(samples: readonly Sampled[]): ReadonlySet<string> {
  return new Set(
    samples.flatMap(({ layout }) =>
      layout.streams.filter(({ calls }) => calls?.side === "server").map(({ name }) => name),
    ),
  );
}

function addCalls(
  sum: SystemView["calls"],
  { live, count, waitingMs }: CallColumns,
  longMs: number,
): SystemView["calls"] {
  let waiting = sum?.waiting ?? 0;
  for (const ms of waitingMs) if (ms >= longMs) waiting++;
  return { live: (sum?.live ?? 0) + (Number.isNaN(live) ? count : live), waiting };
}

/** Rows of columns that hold nothing yet are left out; a part known only as a lower bound makes the sum one. */
class Sum {
  private value = 0;
  private known = 0;
  private bound = false;
  private upper = false;

  add(value: number): void {
    if (Number.isNaN(value)) return;
    this.value += value;
    this.known++;
  }

  addReading(reading: Reading): void {
    if (reading.value === null) return;
    this.add(reading.value);
    if (reading.provenance === "atLeast") this.bound = true;
    if (reading.provenance === "atMost") this.upper = true;
  }

  reading(complete: boolean): Reading {
    if (this.known === 0) return UNKNOWN_READING;
    return {
      value: this.value,
      provenance: this.bound || !complete ? "atLeast" : this.upper ? "atMost" : "measured",
    };
  }
}

class Maximum {
  private best: Reading = UNKNOWN_READING;
  private bound = false;

  /** True when this is the new maximum. */
  take(reading: Reading): boolean {
    if (reading.provenance === "atLeast") this.bound = true;
    if (reading.value === null || (this.best.value !== null && reading.value <= this.best.value))
      return false;
    this.best = reading;
    return true;
  }

  /** What is not known may be larger. */
  isBound(): void {
    this.bound = true;
  }

  reading(complete: boolean): Reading {
    const { best } = this;
    if (best.value === null) return UNKNOWN_READING;
    if (complete && !this.bound) return best;
    return { ...best, provenance: weakerProvenance(best.provenance, "atLeast") } as Reading;
  }
}
