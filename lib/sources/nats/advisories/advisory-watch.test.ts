import type { Msg } from "@nats-io/transport-node";
import { expect, it } from "vitest";
import type { SourceEvent } from "../../../model/source.ts";
import { seriesOf } from "../../../sample/gauges.fixture.ts";
import { shown as shownFacts } from "../../facts.fixture.ts";
import type { NatsClient } from "../connection/client.ts";
import { streamEntry } from "../jetstream/entries.fixture.ts";
import { encoded } from "./advisory.fixture.ts";
import { createAdvisoryWatch } from "./advisory-watch.ts";
import { explainHeard } from "./heard.ts";

const START = Date.parse("2026-11-21T12:00:00Z");

function watch(accounts: readonly string[] = [""]) {
  let at = START;
  const heard = new Map<string, (message: Msg) => void>();
  const clientOf = (name: string) =>
    ({
      listen: (_: string, onMessage: (message: Msg) => void) => heard.set(name, onMessage),
    }) as unknown as NatsClient;
  const advisories = createAdvisoryWatch(
    {},
    accounts.map((account) => ({ account, client: clientOf(account) })),
    clientOf("system"),
    () => at,
  );
  return {
    advisories,
    say(where: string, subject: string, type: string, body: object) {
      const timestamp = new Date(at).toISOString();
      const data = encoded({ type: `io.nats.jetstream.advisory.v1.${type}`, timestamp, ...body });
      heard.get(where)!({ subject: `$JS.EVENT.ADVISORY.${subject}`, data } as Msg);
    },
    sample(
      streams: readonly (readonly [account: string, name: string])[] = [],
      others: readonly SourceEvent[] = [],
    ) {
      at += 1_000;
      advisories.begin({});
      const snapshot = {
        streams: streams.map(([account, name]) => ({ account, entry: streamEntry({ name }), consumers: [] })),
        core: null,
      };
      return advisories.tell(
        snapshot,
        new Set([...accounts, ...streams.map(([account]) => account)]),
        at,
        others,
      );
    },
  };
}

const elected = { leader: "x", replicas: [{ name: "n3", peer: "x" }], cluster: "C1" };
const shown = (at: number): SourceEvent => ({
  at,
  kind: "meta-leader",
  title: "n3 leads JetStream in C1 now",
});

it("leaves elections to the servers' own figures, except those that they do not show", () => {
  const { say, sample } = watch();
  sample();
  say("system", "DOMAIN.LEADER_ELECTED", "domain_leader_elected", elected);
  expect(sample().events).toEqual([]);
  expect(sample([], [shown(START + 3_000)]).events).toEqual([]);
  for (let i = 0; i < 15; i++) expect(sample().events).toEqual([]);
  say("system", "DOMAIN.LEADER_ELECTED", "domain_leader_elected", elected);
  const later = Array.from({ length: 15 }, () => sample().events.map(({ title }) => title)).flat();
  expect(later).toEqual(["n3 was elected leader of JetStream in C1"]);
});

it("keeps accounts apart, also those that only the system account tells of", () => {
  const { say, sample, advisories } = watch(["", "billing"]);
  const there = [
    ["", "A"],
    ["billing", "A"],
    ["ACME", "A"],
  ] as const;
  sample(there);
  const action = { stream: "A", action: "modify" };
  say("billing", "STREAM.UPDATED.A", "stream_action", action);
  expect(sample(there).events).toMatchObject([{ title: "Stream A was edited", streamKey: "billing/A" }]);
  expect(sample([...there, ["ACME", "B"]]).events).toEqual([]);
  expect(sample([...there, ["ACME", "B"]]).events).toMatchObject([
    { title: "Stream B was created", streamKey: "ACME/B" },
  ]);
  // An account that is not told of any more has not lost its streams for that.
  sample(there.slice(0, 2));
  expect(sample(there.slice(0, 2)).events).toEqual([]);
  const heard = advisories.heard();
  expect(explainHeard(heard.get("ACME")!, "A", "one")).toBeNull();
  expect(heard.has("nobody")).toBe(false);
});

it("says how many it heard, and of them ignored", () => {
  const { say, sample } = watch();
  expect(shownFacts(sample().facts)).toEqual({ Advisories: "0 heard" });
  say("", "STREAM.UPDATED.A", "stream_action", { stream: "B", action: "modify" });
  say("", "STREAM.NEW.A", "stream_new", { stream: "A" });
  expect(shownFacts(sample().facts)).toEqual({
    Advisories: "2 heard, 1 ignored (malformed or not believable), 1 of unknown kinds",
  });
  expect(seriesOf(sample().gauges)).toEqual({
    streamside_nats_advisories_total: 2,
    streamside_nats_advisories_ignored_total: 1,
    streamside_nats_advisories_unread_total: 0,
  });
});
