import type { Sampled } from "../../pipeline/sampled.ts";
import type { Layout } from "../../sample/layout.ts";
import type { Member } from "../../sample/sample.ts";

interface Texts {
  readonly members: readonly Member[];
  readonly byRow: readonly string[];
}

/** As long as consumers and members are the same: tens of thousands of texts are too much to make every second. */
const made = new WeakMap<Layout, Texts>();

/** What a filter looks into, by consumer: its name, kind, detail and streams, and the ids, clients and hosts of its members. */
export function consumerTexts({ layout, sample: { members } }: Sampled): readonly string[] {
  const there = made.get(layout);
  if (there?.members === members) return there.byRow;
  const byRow = layout.consumers.map(({ name, kind, detail = "", streams }) =>
    streams.reduce((text, stream) => {
      const { name, account = "" } = layout.streams[stream]!;
      return `${text} ${name} ${account}`;
    }, `${name} ${kind} ${detail}`),
  );
  for (const { id, clientId, host, consumer } of members) byRow[consumer] += ` ${id} ${clientId} ${host}`;
  const texts = byRow.map((text) => text.toLowerCase());
  made.set(layout, { members, byRow: texts });
  return texts;
}
