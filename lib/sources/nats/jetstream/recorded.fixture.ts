/** Answers of a real nats-server 2.15.2, recorded; read by tests. */
import { readFileSync } from "node:fs";
import { type CoreSnapshot, mapCore } from "../core/core-snapshot.ts";
import { createCoreTotals } from "../core/core-totals.ts";
import { connzSchema, varzSchema } from "../servers/monitoring-types.ts";
import { NOTHING_TOLD, type ServerReport } from "../servers/server-report.ts";
import { readConsumerPage, readStreamPage } from "./api-types.ts";
import type { Snapshot } from "./snapshot.ts";
import { mergeStreams, NOTHING_SEEN } from "./snapshot.ts";

export function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8"));
}

export const AS_OF = 1_700_000_000_000;

/** A server that told these parts, and nothing else. */
export function serverReport(parts: Partial<ServerReport> = {}): ServerReport {
  return {
    id: "N1",
    name: "n1",
    cluster: "",
    varz: { value: varzSchema.parse(fixture("varz")), asOf: AS_OF },
    tookMs: 1,
    missed: 0,
    ...NOTHING_TOLD,
    ...parts,
  };
}

export function recordedCore(): CoreSnapshot {
  return coreRounds([0]);
}

/** The same server, which did not answer the second time. */
export function silentCore(): CoreSnapshot {
  return coreRounds([0, 1]);
}

function coreRounds(missed: readonly number[]): CoreSnapshot {
  const connz = { value: connzSchema.parse(fixture("connz")), asOf: AS_OF };
  const total = createCoreTotals();
  const rounds = missed.map((rounds) => {
    const servers = [serverReport({ connz, missed: rounds })];
    return mapCore(servers, total(servers), (_, cid) => cid === 6)!;
  });
  return rounds.at(-1)!;
}

/** Streams COPY (a mirror), EMPTY and ORDERS; ORDERS has ten consumers, one for each case worth telling apart. */
export function recordedSnapshot(core: CoreSnapshot | null = recordedCore()): Snapshot {
  const streams = readStreamPage(fixture("stream-list"), AS_OF).items;
  const consumers = readConsumerPage(fixture("consumer-list"), AS_OF).items;
  const items = streams.map((entry) => ({
    entry,
    consumers: { items: entry.name === "ORDERS" ? consumers : [], missing: [] },
  }));
  return { streams: mergeStreams(new Map([["", { items, missing: [] }]]), NOTHING_SEEN), core };
}
