/** Answers of a real nats-server 2.15.2, recorded; read by tests. */
import { readFileSync } from "node:fs";
import { readConsumerPage, readStreamPage } from "./api-types.ts";
import { connzSchema, varzSchema } from "./monitoring-types.ts";
import type { CoreSnapshot, Snapshot } from "./snapshot.ts";
import { mergeCore, mergeStreams, NOTHING_SEEN } from "./snapshot.ts";

export function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8"));
}

export const AS_OF = 1_700_000_000_000;

const own = { name: "streamside", cid: 6 };

export function recordedCore(previous: CoreSnapshot | null = null): CoreSnapshot {
  return mergeCore(
    {
      varz: { value: varzSchema.parse(fixture("varz")), asOf: AS_OF },
      connz: { value: connzSchema.parse(fixture("connz")), asOf: AS_OF },
    },
    own,
    previous,
  )!;
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
