import { describe, expect, it } from "vitest";
import { takeTurns } from "./kafkajs-turns.ts";

const at = (id: string, askedAt: number) => ({ id, askedAt });
const ids = (taken: readonly { readonly id: string }[]) => taken.map(({ id }) => id).join("");

describe("takeTurns", () => {
  const all = [at("a", 30), at("b", 10), at("c", Number.NEGATIVE_INFINITY), at("d", 20)];

  it("takes those asked longest ago, as many as the budget pays for", () => {
    expect(ids(takeTurns(all, 10, () => 4))).toBe("cb");
    expect(ids(takeTurns(all, 100, () => 4))).toBe("cbda");
  });

  it("takes one even where the budget pays for none, and nothing from nobody", () => {
    expect(ids(takeTurns(all, -5, () => 4))).toBe("c");
    expect(takeTurns([], 100, () => 4)).toEqual([]);
  });

  it("takes those that someone looks at before all others", () => {
    expect(
      ids(
        takeTurns(
          all,
          8,
          () => 4,
          ({ id }) => id === "a",
        ),
      ),
    ).toMatch(/a/);
  });

  it("comes to everybody in turn", () => {
    const group = Array.from({ length: 10 }, (_, n) => at(String(n), Number.NEGATIVE_INFINITY));
    const seen = new Set<string>();
    for (let now = 0; now < 4; now++) {
      for (const one of takeTurns(group, 3, () => 1)) {
        seen.add(one.id);
        one.askedAt = now;
      }
    }
    expect(seen.size).toBe(10);
  });
});
