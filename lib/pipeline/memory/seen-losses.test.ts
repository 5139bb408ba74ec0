import { describe, expect, it } from "vitest";
import { STATUSES } from "../../model/status.ts";
import { Store } from "../../store/store.ts";
import { addSource, COST, type FedTable, feedKafka } from "../../store/test-store.ts";
import { explainConsumer } from "../explain.ts";
import { layoutOf, observe } from "../test-observation.ts";

const layout = layoutOf({ streams: { t: 2, other: 1 }, consumers: { c: ["t"], d: ["t/0"] } });
const told = (table: FedTable) => table.events.map(({ kind, after }) => after ?? kind);

/** A source of which what waited for `c` was removed, in samples of a second. */
function losing() {
  const store = new Store();
  const table = addSource(store, "k");
  let second = 0;
  const sample = (floor: number, position = 100, rows = layout) => {
    const at = ++second * 1_000;
    table.accept(
      observe(rows, { at, head: 1_000, floor: { "t/0": floor, "t/1": 0, "other/0": 0 }, position }),
      COST,
    );
    const { derived, consumerIds } = table.sampled!;
    const row = consumerIds.indexOf("k:c");
    const status = STATUSES[derived.consumers.status[row]!]!;
    return { status, because: explainConsumer(table.sampled!, row, status) };
  };
  sample(0);
  return { table, sample };
}

describe("a loss that somebody has seen", () => {
  it("is alarmed about no more, at once, and told as marked", () => {
    const { table, sample } = losing();
    expect(sample(1_000)).toMatchObject({
      status: "losing",
      because: expect.stringMatching(/^900 messages/),
    });
    expect(table.markLossesSeen("k:c", 2_500)).toBe(900);
    const { derived } = table.sampled!;
    expect(STATUSES[derived.consumers.status[0]!]).not.toBe("losing");
    expect(sample(1_000).status).not.toBe("losing");
    expect(table.events.find(({ kind }) => kind === "loss-seen")).toMatchObject({
      at: 2_500,
      title: "The loss of 900 messages was marked as seen",
      consumerKey: "c",
    });
    // Once.
    expect(table.markLossesSeen("k:c", 4_000)).toBe(0);
    expect(told(table).filter((kind) => kind === "loss-seen")).toHaveLength(1);
    // Nobody has marked the other one's.
    expect(STATUSES[derived.consumers.status[1]!]).toBe("losing");
  });

  it("is news again when more is lost", () => {
    const { table, sample } = losing();
    sample(400);
    table.markLossesSeen("k:c", 2_500);
    expect(sample(400).status).not.toBe("losing");
    expect(sample(500)).toMatchObject({
      status: "losing",
      because: expect.stringMatching(
        /^400 messages on t · 0 were removed before they were read, 300 of them marked as seen before;/,
      ),
    });
    expect(table.markLossesSeen("k:c", 3_500)).toBe(400);
    expect(sample(500).status).not.toBe("losing");
  });

  it("is forgotten once the position has passed it: the next one counts in full", () => {
    const { table, sample } = losing();
    sample(400);
    table.markLossesSeen("k:c", 2_500);
    sample(400);
    sample(400, 600);
    expect(sample(700, 600)).toMatchObject({
      status: "losing",
      because: expect.stringMatching(/^100 messages on t · 0 were removed before they were read;/),
    });
  });

  it("stays seen when streams and consumers come and go", () => {
    const { table, sample } = losing();
    sample(400);
    table.markLossesSeen("k:c", 2_500);
    const grown = layoutOf({ streams: { a: 1, t: 2 }, consumers: { b: ["a"], c: ["t"] } });
    expect(sample(400, 100, grown).status).not.toBe("losing");
    expect(sample(401, 100, grown).status).toBe("losing");
  });

  it("cannot be marked of a consumer that is not there", () => {
    const store = new Store();
    const table = addSource(store, "prod");
    feedKafka(store, table, 3);
    expect(table.markLossesSeen("prod:nobody", 4_000)).toBeNull();
    expect(table.markLossesSeen("nowhere:slow", 4_000)).toBeNull();
    expect(table.markLossesSeen("prod:slow", 4_000)).toBe(0);
  });
});
