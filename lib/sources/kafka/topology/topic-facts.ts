import type { SourceFact } from "../../../model/source.ts";
import type { LaneColumns } from "../../../sample/columns.ts";
import type { Layout } from "../../../sample/layout.ts";
import { namesText } from "../../event-text.ts";

const COMPACTION =
  "Compaction keeps the newest record of each key; the others' offsets stay without a record";

/** What there is to say of a topic besides its numbers. */
export function mapTopicFacts(
  { streams, lanes }: Layout,
  { head, floor }: Pick<LaneColumns, "head" | "floor">,
  stream: number,
): SourceFact[] {
  if (streams[stream]!.overwrites !== true) return [];
  let offsets = 0;
  for (let lane = 0; lane < lanes.count; lane++) {
    if (lanes.stream[lane] === stream) offsets += head[lane]! - floor[lane]!;
  }
  const count = Number.isNaN(offsets) ? "how many is not known" : "{} of them";
  const of = `counted in offsets: ${count} from log start to end, with at most as many records`;
  const value = Number.isNaN(offsets) ? of : ({ kind: "count", value: offsets, of } as const);
  return [{ label: "Compacted", value, title: COMPACTION }];
}

/** Names the compacted topics of a group, of which its backlog counts offsets. */
export function mapCompactedFacts({ streams, consumers }: Layout, consumer: number): SourceFact[] {
  const compacted = consumers[consumer]!.streams.filter((row) => streams[row]!.overwrites === true);
  if (compacted.length === 0) return [];
  const names = namesText(compacted.map((row) => streams[row]!.name));
  return [
    {
      label: "Compacted",
      value: `${names}: backlog in offsets, with at most as many records`,
      title: COMPACTION,
    },
  ];
}
