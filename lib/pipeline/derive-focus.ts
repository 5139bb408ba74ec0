import { backlogOf } from "../derive/backlog.ts";
import type { Derived } from "../sample/derived.ts";
import type { Sample } from "../sample/sample.ts";
import type { Before } from "./derive-sample.ts";
import { copyJudged } from "./derived-columns.ts";
import { ageOfPosition, sumConsumer } from "./judge-sample.ts";
import type { Arrival } from "./memory/head-history.ts";
import type { SourceMemory } from "./memory/source-memory.ts";

/**
 * A sample of a few consumers between two samples of all: how much is waiting for them and how old it is. Everything
 * that compares samples with each other (totals, movement, statuses) is left to the full ones, which lanes share.
 *
 * @param before of the sample of all
 */
export function deriveFocus(
  memory: SourceMemory,
  before: Before,
  obs: Sample,
  consumers: readonly number[],
): Derived {
  const leadMs = Math.max(0, obs.finishedAt - before.sample.finishedAt);
  const { watched } = before.derived;
  // Whoever stands has stood for longer by now.
  const derived = { ...copyJudged(before.derived), watched: { ...watched, now: watched.now + leadMs } };
  const { start, lane } = obs.layout.positions;
  const arrival: Arrival = { at: 0, bracketed: false };
  for (const consumer of consumers) {
    for (let row = start[consumer]!; row < start[consumer + 1]!; row++) {
      const told = obs.positions.backlog?.[row] ?? Number.NaN;
      const { head, floor } = obs.lanes;
      const isFiltered = obs.layout.consumers[consumer]!.filtered === true;
      derived.positions.backlog[row] =
        Number.isNaN(told) && !isFiltered
          ? backlogOf(head[lane[row]!]!, floor[lane[row]!]!, obs.positions.position[row]!)
          : told;
      ageOfPosition(memory, derived, obs, row, arrival);
    }
    sumConsumer(derived, obs, consumer);
  }
  return derived;
}
