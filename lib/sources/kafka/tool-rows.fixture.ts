/** Observations as Kafka's own tool tells them, and their return after a failure. */
import { expect } from "vitest";
import type { Collector } from "../../sample/collector.ts";
import type { Sample } from "../../sample/sample.ts";

/** The first sample without a failure. */
export async function recovered(collector: Collector): Promise<Sample> {
  let last!: Sample;
  await expect
    .poll(
      async () => {
        try {
          last = await collector.sample(AbortSignal.timeout(10_000));
          return last.failures;
        } catch (error) {
          return error;
        }
      },
      { timeout: 20_000, interval: 250 },
    )
    .toEqual([]);
  return last;
}

type Row = [name: string, position: number, head: number, lag: number, member: string];

/** By group, topic and partition. */
export function rowsOf({ layout, positions, lanes, members }: Sample): Row[] {
  const rows = Array.from({ length: layout.positions.count }, (_, row): Row => {
    const lane = layout.positions.lane[row]!;
    const topic = layout.streams[layout.lanes.stream[lane]!]!.name;
    const group = layout.consumers[layout.positions.consumer[row]!]!.name;
    const [position, head] = [positions.position[row]!, lanes.head[lane]!];
    const member = members[positions.member[row]!]?.id ?? "-";
    return [`${group} ${topic}/${layout.lanes.number[lane]}`, position, head, head - position, member];
  });
  return rows.sort(byName);
}

/** GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID; `-` for what there is none of. */
export function rowsOfTool(stdout: string): Row[] {
  const rows: Row[] = [];
  for (const line of stdout.split("\n")) {
    const [group, topic, partition, ...rest] = line.trim().split(/\s+/);
    if (!rest.length || group === "GROUP" || !/^\d+$/.test(partition ?? "")) continue;
    const [position, head, lag] = rest.slice(0, 3).map(Number);
    rows.push([`${group} ${topic}/${partition}`, position!, head!, lag!, rest[3]!]);
  }
  return rows.sort(byName);
}

const byName = ([a]: Row, [b]: Row) => (a < b ? -1 : 1);
