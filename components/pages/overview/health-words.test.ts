import { describe, expect, it } from "vitest";
import { type Status, severityOf } from "@/lib/model/status";
import type { OverviewMeta, SourceChip, Trouble } from "@/lib/model/views";
import { healthParts, healthSentence, overviewTitle } from "./health-words";

const NOW = 1_000_000;
const chip = (status: SourceChip["status"]): SourceChip => ({
  id: "prod",
  name: "prod",
  kind: "kafka",
  kindName: "Kafka",
  status,
  asOf: null,
  intervalMs: 1000,
});
const partsOf = (
  troubles: readonly Trouble[],
  good = 0,
  { sources = [chip("live")], unknown = 0 }: { sources?: OverviewMeta["sources"]; unknown?: number } = {},
) => healthParts({ counts: { critical: 0, warning: 0, unknown, good }, sources, troubles }, NOW);
const said = (...of: Parameters<typeof partsOf>) => healthSentence(partsOf(...of));

const lost = (
  name: string,
  seconds: number,
  changes: Partial<Trouble & { kind: "source" }> = {},
): Trouble => ({
  kind: "source",
  id: name,
  name,
  system: "kafka",
  status: "lost",
  since: NOW - seconds * 1000,
  ...changes,
});
const are = (
  status: Status,
  count: number,
  ...names: string[]
): Extract<Trouble, { kind: "consumers" | "streams" }> => ({
  kind: "consumers",
  status,
  severity: severityOf(status),
  count,
  worst: names.map((name) => ({ id: `prod:${name}`, name })),
});

describe("the headline", () => {
  it.each([
    [said([], 47), "All 47 fine"],
    [said([], 1), "1 consumer, fine"],
    [said([]), "No consumers yet"],
    [said([], 0, { sources: [] }), "No sources yet"],
    [said([], 0, { sources: [chip("live"), chip("waiting")] }), "Waiting for the first numbers…"],
    [said([], 0, { unknown: 3 }), "3 unknown"],
    [said([lost("orders", 43)], 12), "Kafka “orders” is lost for 43 s, 12 fine"],
    [said([lost("kafka/demo", 3)]), "kafka/demo is lost for 3.0 s"],
    [said([lost("q", 120, { system: "grpc", status: "refused" })]), "gRPC “q” refuses to answer for 2 m"],
    [
      said([{ ...are("full", 1, "ORDERS"), kind: "streams" }, are("stalled", 1, "billing")], 2),
      "1 stream full: ORDERS, 1 stalled: billing, 2 fine",
    ],
    [
      said(
        [
          {
            kind: "health",
            id: "q",
            name: "quotes",
            system: "grpc",
            status: "not-serving",
            severity: "critical",
          },
        ],
        2,
      ),
      "gRPC “quotes” is not-serving, 2 fine",
    ],
    [said([lost("a", 9), lost("b", 5), lost("c", 1)]), "3 sources are lost: a, b and 1 more"],
    [
      said(
        [are("losing", 1, "audit"), are("stalled", 2, "billing", "mail"), are("late", 7, "x", "y", "z")],
        1200,
      ),
      "1 losing: audit, 2 stalled: billing, mail, 7 late: x, y …, 1,200 fine",
    ],
    [
      said([
        are("losing", 1, "a"),
        are("stopped", 1, "b"),
        are("stalled", 1, "c"),
        are("blocked", 1, "d"),
        are("behind", 3, "e"),
        are("late", 4, "f"),
      ]),
      "1 losing: a, 1 stopped: b, 1 stalled: c, 1 blocked: d, 7 behind or late",
    ],
  ])("%s", (sentence, expected) => {
    expect(sentence).toBe(expected);
  });

  it("leads to the page of the one, to the list of the many, and to the lost source", () => {
    const troubles = [lost("orders", 43), are("losing", 1, "audit"), are("stalled", 2, "billing", "mail")];
    expect(partsOf(troubles, 4).map(({ href }) => href)).toEqual([
      "/sources/orders",
      `/consumers/${encodeURIComponent("prod:audit")}`,
      "/consumers?status=stalled",
      null,
    ]);
  });
});

describe("title of the overview", () => {
  const titleOf = (...of: Parameters<typeof partsOf>) => {
    const [troubles, good = 0, { sources = [chip("live")], unknown = 0 } = {}] = of;
    return overviewTitle({ counts: { critical: 0, warning: 0, unknown, good }, sources, troubles }, NOW);
  };
  it.each([
    [titleOf([are("stalled", 2, "a", "b"), are("behind", 1, "c")], 47), "2 stalled, 1 behind", "critical"],
    [titleOf([are("behind", 1, "c")], 47), "1 behind", "warning"],
    [titleOf([lost("a", 9), lost("b", 5), are("behind", 1, "c")]), "2 sources lost, 1 behind", "critical"],
    [titleOf([], 47), "All 47 fine", "good"],
    [titleOf([lost("a", 9)]), "1 source lost", "critical"],
    [titleOf([], 0, { unknown: 3 }), "3 unknown", "unknown"],
  ] as const)("%j", (title, name, severity) => {
    expect(title).toEqual({ name, severity });
  });
});
