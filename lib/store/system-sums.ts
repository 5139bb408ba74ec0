import type { Reading } from "../model/reading.ts";
import { PROVENANCES, type Provenance, toReading, UNKNOWN_READING } from "../model/reading.ts";
import { STATUSES, type Status, worseStatus } from "../model/status.ts";
import type { System } from "../model/system.ts";
import type { SystemView } from "../model/views.ts";
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
  const asOf = Math.min(...samples.map(({ sample }) => sample.finishedAt));

  const sums = { in: new Sum(), due: new Sum(), out: new Sum(), backlog: new Sum(), latency: new Maximum() };
  const aside = { in: new Sum(), out: new Sum(), present: false };
  const counts = { streams: 0, consumers: 0 };
  let calls: SystemView["calls"] = null;
  let status: Status = samples.length === 0 ? "unknown" : "idle";
  let oldest: SystemView["worst"] = null;
  // Core traffic contains JetStream's: beside it, it may not be added to it.
  const coreApart = samples.some(({ layout }) => layout.streams.some(({ kind }) => kind === "jetstream"));

  // What is listed, also of a source that is lost: its rows are there, as they were last known.
  for (const { sampled } of sources) {
    counts.streams += sampled?.layout.streams.length ?? 0;
    counts.consumers += sampled?.layout.consumers.filter(({ kind }) => kind !== "connection").length ?? 0;
  }
  const served = methodsServed(samples);

  for (const sampled of samples) {
    const { layout, derived, sample } = sampled;
    if (sample.calls !== undefined) calls = addCalls(calls, sample.calls, sampled.usualLimits.stillLeastMs);
    for (const [row, { kind, name, calls: about }] of layout.streams.entries()) {
      // Both ends of a call count its messages; they arrive once.
      if (about?.side === "client" && served.has(name)) continue;
      const into = kind === "core" && coreApart ? aside : sums;
      into.in.add(derived.streams.inPerSecond[row]!);
      if (kind !== "core") continue;
      if (into === aside) aside.present = true;
      into.out.add(derived.streams.outPerSecond[row]!);
    }
    const { duePerSecond, outPerSecond, backlog, backlogProvenance, latencyMs, latencyProvenance } =
      derived.consumers;
    let worst = -1;
    for (let row = 0; row < layout.consumers.length; row++) {
      if (sampled.limits[row]!.ignore) continue;
      const is = STATUSES[derived.consumers.status[row]!]!;
      status = worseStatus(status, is);
      // What goes away by itself, or is no longer read, is nobody's backlog.
      if (layout.consumers[row]!.backlogUnit === "bytes" || APART.has(is)) continue;
      // Straight from the columns: an object a reading is too much for all of them each second.
      sums.due.add(duePerSecond[row]!);
      sums.out.add(outPerSecond[row]!);
      sums.backlog.add(backlog[row]!, PROVENANCES[backlogProvenance[row]!]);
      const ageMs = latencyMs[row]!;
      if (sums.latency.take(ageMs, PROVENANCES[latencyProvenance[row]!]!)) worst = row;
      if (Number.isNaN(ageMs) && backlog[row]! > 0) sums.latency.isBound();
    }
    if (worst >= 0) oldest = { id: sampled.consumerIds[worst]!, name: layout.consumers[worst]!.name };
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
    worst: oldest,
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

  add(value: number, provenance: Provenance = "measured"): void {
    if (Number.isNaN(value)) return;
    this.value += value;
    this.known++;
    if (provenance === "atLeast") this.bound = true;
    if (provenance === "atMost") this.upper = true;
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
  private best = Number.NaN;
  private provenance: Provenance = "unknown"; // as long as there is none
  private bound = false;

  /** True when this is the new maximum. */
  take(value: number, provenance: Provenance): boolean {
    if (provenance === "atLeast") this.bound = true;
    if (Number.isNaN(value) || value <= this.best) return false;
    this.best = value;
    this.provenance = provenance;
    return true;
  }

  /** What is not known may be larger. */
  isBound(): void {
    this.bound = true;
  }

  reading(complete: boolean): Reading {
    if (this.provenance === "unknown") return UNKNOWN_READING;
    const isWhole = complete && !this.bound;
    return toReading(this.best, isWhole ? this.provenance : "atLeast");
  }
}
