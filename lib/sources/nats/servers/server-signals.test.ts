import { expect, it } from "vitest";
import type { Meta } from "./meta-section.ts";
import type { ServerReport } from "./server-report.ts";
import { serverSignals } from "./server-signals.ts";

const server = (name: string, missed = 0, jetstream: object | null = {}) =>
  ({ name, cluster: "C1", missed, varz: { value: { jetstream }, asOf: 1 } }) as unknown as ServerReport;
const meta = (leader: string, ...replicas: [name: string, offline: boolean][]) =>
  ({
    ...{ name: "C1, hub", leader, asOf: 1 },
    group: { name: "C1", leader, replicas: replicas.map(([name, offline]) => ({ name, offline })) },
  }) as unknown as Meta;
const missing = (expected: number, serving: number, ...names: string[]) => ({
  ...{ kind: "members", what: "server", expected, serving, missing: names },
});

it.each([
  ["all there", [server("a"), server("b")], [meta("a", ["b", false])], []],
  ["one has not answered just now", [server("a"), server("b", 1)], [meta("a", ["b", false])], []],
  ["one is gone", [server("a"), server("b", 3)], [meta("a", ["b", true])], [missing(2, 1, "b")]],
  ["one was never seen", [server("a")], [meta("a", ["b", true], ["c", false])], [missing(2, 1, "b")]],
  ["one was taken out", [server("a"), server("b", 3)], [meta("a")], []],
  ["one without JetStream is gone", [server("a"), server("b", 3, null)], [meta("a")], [missing(2, 1, "b")]],
  ["there is no JetStream", [server("a"), server("b", 3, null)], [], [missing(2, 1, "b")]],
  [
    "nobody leads",
    [server("a")],
    [meta("", ["a", false])],
    [{ kind: "quorum", what: "JetStream meta group C1, hub", leader: false }],
  ],
])("%s", (_, servers, metas, expected) => {
  expect(serverSignals(servers, metas)).toEqual(expected);
});
