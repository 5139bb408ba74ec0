import type { EpochMs } from "../../../model/reading.ts";
import type { SourceEvent } from "../../../model/source.ts";
import type { GrpcSourceUse } from "../config.ts";
import type { AskedWay } from "./asked-way.ts";
import type { BackendWays } from "./backend-ways.ts";
import { standInFor, WAY_NAMES } from "./way-text.ts";

/** Tells of ways that are lost and are back, at an address of which something is known all the while. */
export class WayEvents {
  readonly #label: string;
  readonly #ways: BackendWays;
  /** What was told last; absent: nothing yet. What was never there is not lost. */
  readonly #told = new Map<GrpcSourceUse, "used" | "away" | "never there">();

  constructor(label: string, ways: BackendWays) {
    this.#label = label;
    this.#ways = ways;
  }

  take(at: EpochMs): SourceEvent[] {
    const events: SourceEvent[] = [];
    const ways = this.#ways;
    for (const way of Object.values(ways) as (AskedWay<unknown> | null)[]) {
      // What is being asked may be about to answer.
      if (way === null || way.state.kind === "waiting" || !Number.isNaN(way.pendingSince)) continue;
      const { state, use } = way;
      const before = this.#told.get(use);
      const name = `${WAY_NAMES[use]} of ${this.#label}`;
      if (state.kind === "used") {
        this.#told.set(use, "used");
        if (before === "away") events.push({ at, kind: "way back", title: `${name} is back`, after: "used" });
        if (before === "never there") {
          events.push({ at, kind: "way found", title: `${name} is offered now`, after: "used" });
        }
        continue;
      }
      this.#told.set(use, before === undefined ? "never there" : before === "used" ? "away" : before);
      if (before !== "used") continue;
      const why = "error" in state ? state.error.message : "the target does not offer it any more";
      events.push({
        at,
        kind: "way lost",
        title: `${name} is lost: ${withoutFullStop(why)}; ${standInFor(use, ways)}`,
        before: "used",
        after: state.kind,
      });
    }
    return events;
  }
}

function withoutFullStop(text: string): string {
  return text.replace(/\.$/, "");
}
