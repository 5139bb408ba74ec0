import { describe, expect, it } from "vitest";
import { DescribeTurns } from "./describe-turns.ts";

const group = (id: string, type = "consumer", state = "Stable") => ({ id, type, state });
const mapOf = (...groups: ReturnType<typeof group>[]) => new Map(groups.map((each) => [each.id, each]));
const nobody = new Set<string>();

describe("DescribeTurns", () => {
  it("takes every group of a newer protocol in turn, ten every five seconds", () => {
    const groups = mapOf(...Array.from({ length: 25 }, (_, n) => group(`g${String(n).padStart(2, "0")}`)));
    const turns = new DescribeTurns();
    const due = (now: number) => {
      turns.begin(groups, now);
      return [...groups.values()].filter((each) => turns.isDue(each, nobody)).map(({ id }) => id);
    };
    expect(due(0)).toEqual([...groups.keys()].slice(0, 10));
    expect(due(1_000)).toEqual([]);
    expect(due(5_000)).toEqual([...groups.keys()].slice(10, 20));
    expect(due(10_000)).toEqual([...groups.keys()].filter((_, n) => n < 5 || n >= 20));
  });

  it("leaves out classic groups and empty ones", () => {
    const groups = mapOf(
      group("a", "classic"),
      group("b", ""),
      group("c", "share", "Empty"),
      group("d", "streams"),
    );
    const turns = new DescribeTurns();
    turns.begin(groups, 0);
    expect([...groups.values()].filter((each) => turns.isDue(each, nobody)).map(({ id }) => id)).toEqual([
      "d",
    ]);
  });

  it("takes what someone looks at every time", () => {
    const turns = new DescribeTurns();
    turns.begin(mapOf(), 0);
    const focus = new Set(["a", "b"]);
    expect([group("a"), group("b", "classic"), group("c")].map((each) => turns.isDue(each, focus))).toEqual([
      true,
      false,
      false,
    ]);
  });
});
