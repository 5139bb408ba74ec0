import type { Msg } from "@nats-io/transport-node";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CollectorError } from "../../../sample/collector-error.ts";
import { consumerEntry, streamEntry } from "../jetstream/entries.fixture.ts";
import type { StreamSnapshot } from "../jetstream/snapshot.ts";
import { consumerKey, streamKey } from "../layout.ts";
import { createAdvisories } from "./advisories.ts";
import { encoded, recorded, recordedOn } from "./advisory.fixture.ts";
import { MOST_READ } from "./advisory-book.ts";
import { ADVISORY_FORMS } from "./advisory-types.ts";

const START = Date.parse("2026-11-21T12:00:00Z");

function stream(
  name: string,
  consumers: readonly (string | Parameters<typeof consumerEntry>[0])[] = [],
  change: Parameters<typeof streamEntry>[0] = {},
): StreamSnapshot {
  const entries = consumers.map((one) => consumerEntry(typeof one === "string" ? { name: one } : one));
  return { account: "", entry: streamEntry({ name, ...change }), consumers: entries };
}

/** ORDERS with consumers audit and billing, as the sample before showed it. */
const ORDERS = stream("ORDERS", ["audit", "billing"]);

function listenTo({ system = false, streams = [ORDERS] as readonly StreamSnapshot[] | null } = {}) {
  let at = START;
  let sequence = 0;
  let current = streams;
  const listeners: {
    subject: string;
    onMessage: (message: Msg) => void;
    onRefused: (e: CollectorError) => void;
  }[] = [];
  const advisories = createAdvisories({
    client: {
      listen: (subject, onMessage, onRefused) => void listeners.push({ subject, onMessage, onRefused }),
    },
    name: "advisories",
    keys: { stream: (name) => streamKey("", name), consumer: (name, one) => consumerKey("", name, one) },
    passes: (name) => !name.startsWith("HIDDEN"),
    clock: { now: () => at },
    system,
  });
  const harness = {
    advisories,
    listeners,
    /** A message on a subject after `$JS.EVENT.ADVISORY.`, of now. */
    hear(subject: string, body: unknown, prefix = "$JS.EVENT.ADVISORY.") {
      const data = body instanceof Uint8Array ? body : encoded(body);
      listeners[0]!.onMessage({ subject: `${prefix}${subject}`, data } as Msg);
    },
    /** What a server says, of now. */
    say(subject: string, type: string, body: object = {}) {
      const [, , name, consumer] = subject.split(".");
      harness.hear(subject, {
        type: `io.nats.jetstream.advisory.v1.${type}`,
        id: `${sequence++}`,
        timestamp: new Date(at).toISOString(),
        ...(name !== undefined && { stream: name }),
        ...(consumer !== undefined && { consumer }),
        ...body,
      });
    },
    nak(sequence: number, deliveries: number, consumer = "audit") {
      harness.say(`CONSUMER.MSG_NAKED.ORDERS.${consumer}`, "nak", { stream_seq: sequence, deliveries });
    },
    /** A second later, with what there is then. */
    sample(streams: readonly StreamSnapshot[] | null = current) {
      at += 1_000;
      current = streams;
      advisories.begin("");
      return advisories.tell(streams, at);
    },
    titles: (streams?: readonly StreamSnapshot[]) => harness.sample(streams).events.map(({ title }) => title),
    wait(ms: number) {
      at += ms;
    },
  };
  if (streams !== null) harness.sample(streams);
  return harness;
}

it("listens neither to its own questions nor to more than it reads", () => {
  const { listeners } = listenTo();
  expect(listeners.map(({ subject }) => subject)).toEqual([
    "$JS.EVENT.ADVISORY.STREAM.>",
    "$JS.EVENT.ADVISORY.CONSUMER.>",
    "$JS.EVENT.METRIC.CONSUMER.ACK.>",
  ]);
});

it("tells each kind that was recorded, in a title that names what it concerns", () => {
  const titles = recorded
    .filter(({ account }) => account === "own")
    .flatMap(({ subject, body }) => {
      const [, , , , , name = "", consumer] = subject.split(".");
      const there = stream(name, consumer === undefined ? [] : [consumer]);
      const { hear, titles } = listenTo({ streams: [there] });
      hear(subject, { ...body, timestamp: new Date(START + 1_000).toISOString() }, "");
      return titles(body.action === "delete" && consumer === undefined ? [] : [there]);
    });
  expect(titles).toEqual([
    "Stream ORDERS was created",
    "Stream ORDERS was edited",
    "Consumer audit of ORDERS was created",
    "audit of ORDERS put back sequence 1 after 1 delivery",
    "Gave up on sequence 1 after 3 deliveries (audit of ORDERS)",
    "audit of ORDERS terminated sequence 2: bad order",
    expect.stringMatching(/^Consumer audit of ORDERS was paused for/),
    "Consumer audit of ORDERS was resumed",
    "Consumer 4S3UGjsL of ORDERS was deleted",
    "pin of ORDERS pinned a client of group g",
    "pin of ORDERS let the pinned client of group g go: timeout",
    "A snapshot of ORDERS was begun by app",
    "A snapshot of ORDERS was completed in 2 ms",
    "Stream ORDERS was deleted",
    "A restore of ORDERS was begun by app",
    "ORDERS was restored from 752 bytes in 39 ms",
    "app asked $JS.API.STREAM.PURGE.ORDERS",
    "A batch for ORDERS was abandoned: incomplete",
    "R3 has another leader",
    "work of R3 has another leader",
    "work of R3 lost its quorum and stands still",
    "R3 lost its quorum and stands still",
  ]);
});

describe("leaders", () => {
  const led = (leader: string) => [stream("R3", [], { cluster: { leader, replicas: [] } })];

  it("say who led before, over two elections", () => {
    const { say, sample } = listenTo({ streams: led("n1") });
    say("STREAM.LEADER_ELECTED.R3", "stream_leader_elected", { leader: "n2" });
    say("STREAM.LEADER_ELECTED.R3", "stream_leader_elected", { leader: "n3" });
    expect(sample(led("n3")).events).toMatchObject([
      { title: "R3 has another leader", before: "n1", after: "n2", streamKey: "R3" },
      { title: "R3 has another leader", before: "n2", after: "n3" },
    ]);
    expect(sample().events).toEqual([]);
  });

  it("may be the same again", () => {
    const { say, titles } = listenTo({ streams: led("n1") });
    say("STREAM.LEADER_ELECTED.R3", "stream_leader_elected", { leader: "n1" });
    expect(titles(led("n1"))).toEqual(["R3 elected its leader again"]);
  });

  it("are no news of a stream that was just made", () => {
    const { say, titles } = listenTo({ streams: [] });
    say("STREAM.LEADER_ELECTED.R3", "stream_leader_elected", { leader: "n1" });
    say("STREAM.CREATED.R3", "stream_action", { action: "create" });
    expect(titles(led("n1"))).toEqual(["Stream R3 was created"]);
    expect(titles()).toEqual([]);
  });

  it("are told from the samples when no advisory came, a sample later", () => {
    const { sample } = listenTo({ streams: led("n1") });
    expect(sample(led("n2")).events).toEqual([]);
    expect(sample().events).toMatchObject([
      { title: "R3 has another leader", kind: "leader-changed", before: "n1", after: "n2" },
    ]);
    expect(sample().events).toEqual([]);
  });

  it("may be missing for a moment, which is no news, or for longer", () => {
    const { sample } = listenTo({ streams: led("n1") });
    expect(sample(led("")).events).toEqual([]);
    expect(sample(led("n2")).events).toEqual([]);
    expect(sample(led("")).events).toMatchObject([{ before: "n1", after: "n2" }]);
    expect(sample(led("")).events).toMatchObject([{ title: "R3 has no leader", before: "n2" }]);
    expect(sample(led("n3")).events).toEqual([]);
    expect(sample().events).toMatchObject([{ before: "no leader", after: "n3" }]);
    expect(sample().events).toEqual([]);
  });

  it("of many streams are told as a number", () => {
    const many = (leader: string) =>
      Array.from({ length: 500 }, (_, i) =>
        stream(`S${String(i).padStart(3, "0")}`, [], { cluster: { leader, replicas: [] } }),
      );
    const { say, titles } = listenTo({ streams: many("n1") });
    for (const { entry } of many("n2")) {
      say(`STREAM.LEADER_ELECTED.${entry.name}`, "stream_leader_elected", { leader: "n2" });
    }
    const told = titles(many("n2"));
    expect(told).toHaveLength(21);
    expect(told).toContain("480 more streams have another leader");
  });
});

describe("what was not heard", () => {
  const without = [stream("ORDERS", ["audit"])];

  it("is told from the samples, once", () => {
    const { titles } = listenTo();
    expect(titles(without)).toEqual([]);
    expect(titles()).toEqual(["Consumer billing of ORDERS was deleted"]);
    expect(titles([])).toEqual([]);
    expect(titles()).toEqual(["Stream ORDERS was deleted"]);
    expect(titles([ORDERS])).toEqual([]);
    expect(titles()).toEqual(["Stream ORDERS was created"]);
    expect(titles()).toEqual([]);
  });

  it("gives way to an advisory that comes a sample later", () => {
    const { titles, say } = listenTo();
    expect(titles(without)).toEqual([]);
    say("CONSUMER.DELETED.ORDERS.billing", "consumer_action", { action: "delete" });
    expect(titles()).toEqual(["Consumer billing of ORDERS was deleted"]);
    expect(titles()).toEqual([]);
  });

  it("is not told again when samples are slow to show it", () => {
    const { titles, say } = listenTo();
    say("CONSUMER.DELETED.ORDERS.billing", "consumer_action", { action: "delete" });
    expect(titles()).toEqual(["Consumer billing of ORDERS was deleted"]);
    for (let i = 0; i < 5; i++) expect(titles(i === 3 ? without : undefined)).toEqual([]);
  });

  it("brings what it was before to the advisory that brings the time", () => {
    const { sample, say, wait } = listenTo();
    wait(100);
    say("STREAM.UPDATED.ORDERS", "stream_action", { action: "modify" });
    wait(100);
    const edited = stream("ORDERS", ["audit", "billing"], { config: { maxBytes: 1_024, replicas: 3 } });
    expect(sample([edited]).events).toMatchObject([
      {
        at: START + 1_100,
        title: "Stream ORDERS was edited",
        before: "max bytes: none, replicas: 1",
        after: "max bytes: 1,024, replicas: 3",
      },
    ]);
    expect(sample().events).toEqual([]);
  });

  it("is unknown while JetStream cannot be asked, except for what was heard", () => {
    const { sample, titles, say } = listenTo();
    say("STREAM.QUORUM_LOST.ORDERS", "stream_quorum_lost", {
      replicas: [{ current: true }, { current: false }],
    });
    say("STREAM.CREATED.GHOST", "stream_action", { action: "create" });
    expect(sample(null).events).toMatchObject([
      { title: "ORDERS lost its quorum and stands still", after: "1 of 2 replicas current" },
    ]);
    expect(titles([ORDERS])).toEqual([]);
    expect(titles()).toEqual([]);
  });

  it("takes another stream of the same name for another one", () => {
    const { titles, say } = listenTo();
    const anew = stream("ORDERS", [], { createdAt: "2026-11-21T12:00:01Z", lastSeq: 0 });
    say("CONSUMER.DELETED.ORDERS.audit", "consumer_action", { action: "delete" });
    say("STREAM.DELETED.ORDERS", "stream_action", { action: "delete" });
    say("STREAM.CREATED.ORDERS", "stream_action", { action: "create" });
    expect(titles([anew])).toEqual(["Stream ORDERS was deleted and created anew"]);
    expect(titles()).toEqual([]);
  });
});

describe("sums", () => {
  it("are told at once, and then once a minute", () => {
    const { nak, sample, titles } = listenTo();
    nak(47, 1);
    expect(titles()).toEqual(["audit of ORDERS put back sequence 47 after 1 delivery"]);
    for (let i = 2; i <= 60; i++) {
      nak(47, i);
      if (i % 20 === 0) nak(48, 3);
      const { events } = sample();
      if (i < 60) expect(events).toEqual([]);
    }
    nak(47, 61);
    expect(sample().events).toMatchObject([
      {
        kind: "messages-put-back",
        title: "audit of ORDERS put back 2 messages 63 times; worst: sequence 47, delivered 61 times",
        consumerKey: "ORDERS.audit",
        message: { streamKey: "ORDERS", sequence: 47 },
      },
    ]);
  });

  it("count ephemeral consumers that come and go", () => {
    const { say, titles } = listenTo();
    for (let i = 0; i < 214; i++)
      say(`CONSUMER.CREATED.ORDERS.e${i}`, "consumer_action", { action: "create" });
    for (let i = 0; i < 209; i++)
      say(`CONSUMER.DELETED.ORDERS.e${i}`, "consumer_action", { action: "delete" });
    const left = Array.from({ length: 5 }, (_, i) => ({ name: `e${209 + i}`, config: { durable: false } }));
    const now = [stream("ORDERS", ["audit", "billing", ...left])];
    expect(titles(now)).toEqual(["214 ephemeral consumers of ORDERS were created, 209 deleted"]);
    expect(titles()).toEqual([]);
  });

  it("count consumers that came too fast to be read", () => {
    const { say, titles } = listenTo();
    const flood = Array.from({ length: 3 * MOST_READ }, (_, i) => `e${i}`);
    for (const name of flood) {
      say(`CONSUMER.CREATED.ORDERS.${name}`, "consumer_action", { action: "create" });
    }
    const left = flood.slice(-5).map((name) => ({ name, config: { durable: false } }));
    const now = [stream("ORDERS", ["audit", "billing", ...left])];
    expect(titles(now)).toEqual(["3,000 consumers of ORDERS were created"]);
    expect(titles()).toEqual([]);
  });

  it("name the only one that came and went", () => {
    const { say, titles } = listenTo();
    say("CONSUMER.CREATED.ORDERS.e1", "consumer_action", { action: "create" });
    say("CONSUMER.DELETED.ORDERS.e1", "consumer_action", { action: "delete" });
    expect(titles()).toEqual(["Ephemeral consumer e1 of ORDERS was created and deleted"]);
  });

  it("tell the first messages that are lost one by one", () => {
    const { say, sample } = listenTo();
    for (let seq = 1; seq <= 50; seq++) {
      say("CONSUMER.MAX_DELIVERIES.ORDERS.audit", "max_deliver", { stream_seq: seq, deliveries: 5 });
    }
    const { events } = sample();
    expect(events.filter(({ message }) => message).map(({ message }) => message?.sequence)).toEqual([
      1, 2, 3, 4, 5,
    ]);
    expect(events.at(-1)?.title).toBe("audit of ORDERS gave up on 45 more messages");
  });
});

describe("what is not believed", () => {
  it.each([
    [
      "a message beyond the stream's last",
      "CONSUMER.MAX_DELIVERIES.ORDERS.audit",
      "max_deliver",
      { stream_seq: 101, deliveries: 5 },
    ],
    [
      "a consumer that does not exist",
      "CONSUMER.MSG_NAKED.ORDERS.ghost",
      "nak",
      { stream_seq: 1, deliveries: 5 },
    ],
    ["a stream that does not exist", "STREAM.CREATED.GHOST", "stream_action", { action: "create" }],
    ["a deletion of a stream that is there", "STREAM.DELETED.ORDERS", "stream_action", { action: "delete" }],
    [
      "a leader of a stream that does not exist",
      "STREAM.LEADER_ELECTED.GHOST",
      "stream_leader_elected",
      { leader: "n1" },
    ],
    [
      "what servers say to the system account only",
      "SERVER.REMOVED",
      "server_removed",
      { server: "n1", stream: undefined },
    ],
    [
      "a time long ago",
      "STREAM.UPDATED.ORDERS",
      "stream_action",
      { action: "modify", timestamp: "2020-01-01T00:00:00Z" },
    ],
    [
      "a time to come",
      "STREAM.UPDATED.ORDERS",
      "stream_action",
      { action: "modify", timestamp: "2030-01-01T00:00:00Z" },
    ],
  ])("is ignored and counted: %s", (_, subject, type, body) => {
    const { say, titles, advisories, wait } = listenTo();
    say(subject, type, body);
    for (let i = 0; i < 4; i++) expect(titles()).toEqual([]);
    wait(20_000);
    expect(titles()).toEqual([]);
    expect(advisories.counts).toMatchObject({ heard: 1, ignored: 1 });
  });

  it("waits until a sample may show it", () => {
    const { say, titles, advisories } = listenTo();
    say("STREAM.CREATED.LATE", "stream_action", { action: "create" });
    expect(titles()).toEqual([]);
    expect(titles([stream("LATE"), ORDERS])).toEqual(["Stream LATE was created"]);
    expect(advisories.counts.ignored).toBe(0);
  });

  it("is held for the next sample where it came while this one was being read", () => {
    const { say, advisories } = listenTo();
    advisories.begin("");
    say("STREAM.DELETED.ORDERS", "stream_action", { action: "delete" });
    expect(advisories.tell([ORDERS], START + 2_000).events).toEqual([]);
    advisories.begin("");
    expect(advisories.tell([], START + 3_000).events).toMatchObject([{ title: "Stream ORDERS was deleted" }]);
  });

  it.each([
    ["no JSON", new TextEncoder().encode("{")],
    ["null", null],
    ["a list", []],
    ["nothing", new Uint8Array()],
    [
      "9 KB",
      {
        ...recordedOn("STREAM.CREATED").body,
        timestamp: new Date(START).toISOString(),
        more: "x".repeat(9_000),
      },
    ],
  ])("may be nonsense: %s", (_, body) => {
    const { hear, titles, advisories } = listenTo();
    hear("STREAM.CREATED.ORDERS", body);
    expect(titles()).toEqual([]);
    expect(advisories.counts).toMatchObject({ heard: 1, malformed: 1, ignored: 1 });
  });

  it("is not of the domain that is sampled", () => {
    const { say, titles, advisories } = listenTo();
    say("STREAM.UPDATED.ORDERS", "stream_action", { action: "modify", domain: "leaf" });
    expect(titles()).toEqual([]);
    advisories.begin("leaf");
    say("STREAM.UPDATED.ORDERS", "stream_action", { action: "modify", domain: "leaf" });
    say("STREAM.UPDATED.ORDERS", "stream_action", { action: "modify" });
    expect(titles()).toEqual(["Stream ORDERS was edited"]);
    expect(advisories.counts).toMatchObject({ heard: 3, ignored: 0 });
  });

  it("counts kinds of newer servers apart, and streams that are not watched not at all", () => {
    const { say, titles, advisories, wait } = listenTo();
    say("STREAM.TELEPORTED.ORDERS", "stream_teleported");
    say("STREAM.CREATED.HIDDEN", "stream_action", { action: "create" });
    expect(titles()).toEqual([]);
    wait(20_000);
    expect(titles()).toEqual([]);
    expect(advisories.counts).toEqual({ heard: 2, malformed: 0, unknown: 1, unread: 0, ignored: 0 });
  });

  it("is believed of servers in the system account", () => {
    const { say, titles, listeners } = listenTo({ system: true, streams: [] });
    say("SERVER.REMOVED", "server_removed", { server: "n1" });
    say("API.LIMIT_REACHED", "api_limit_reached", { server: "n2", dropped: 1_000, stream: undefined });
    const replicas = [{ name: "n3", peer: "x" }];
    say("DOMAIN.LEADER_ELECTED", "domain_leader_elected", { leader: "x", replicas, cluster: "C1" });
    expect(titles()).toEqual([
      "n1 was removed from the JetStream cluster",
      "n2 dropped 1,000 API requests",
      "n3 was elected leader of JetStream in C1",
    ]);
    expect(listeners.map(({ subject }) => subject)).not.toContain("$JS.EVENT.ADVISORY.API");
  });
});

it("tells who asked the API for changes, a few by name, and not who looked", () => {
  const { hear, sample, advisories } = listenTo();
  const asked = (api: string, response = "{}") => {
    const { body } = recordedOn("API");
    hear("API", { ...body, timestamp: new Date(START + 1_000).toISOString(), subject: api, response });
  };
  for (const api of ["INFO", "STREAM.LIST", "CONSUMER.INFO.ORDERS.audit", "STREAM.MSG.GET.ORDERS"]) {
    asked(`$JS.API.${api}`, "x".repeat(100_000));
  }
  for (let i = 0; i < 10; i++) asked(`$JS.API.STREAM.PURGE.S${i}`);
  expect(sample().events.map(({ title }) => title)).toEqual([
    "app asked $JS.API.STREAM.PURGE.S0",
    "app asked $JS.API.STREAM.PURGE.S1",
    "app asked $JS.API.STREAM.PURGE.S2",
    "7 more API requests asked for changes",
  ]);
  expect(advisories.counts).toEqual({ heard: 14, malformed: 0, unknown: 0, unread: 0, ignored: 0 });
});

describe("a flood", () => {
  it("of 100,000 naks costs one line and a bounded number of reads", () => {
    const { hear, titles, advisories } = listenTo();
    const type = "io.nats.jetstream.advisory.v1.nak";
    const timestamp = new Date(START + 1_000).toISOString();
    const bodies = Array.from({ length: 10 }, (_, i) =>
      encoded({
        type,
        id: "x",
        timestamp,
        stream: "ORDERS",
        consumer: "audit",
        stream_seq: i + 1,
        deliveries: 7,
      }),
    );
    for (let i = 0; i < 100_000; i++) hear("CONSUMER.MSG_NAKED.ORDERS.audit", bodies[i % 10]);
    expect(titles()).toEqual([
      "audit of ORDERS put back 10 messages 100,000 times; worst: sequence 1, delivered 7 times",
    ]);
    expect(advisories.counts).toEqual({
      heard: 100_000,
      malformed: 0,
      unknown: 0,
      unread: 100_000 - MOST_READ,
      ignored: 0,
    });
  });

  it("of anything is a bounded number of short events", () => {
    const heads = [
      ...ADVISORY_FORMS,
      { head: "STREAM.INVENTED", type: "stream_invented", names: 1 as const },
    ];
    const names = fc.constantFrom("ORDERS", "GHOST", "A", "x".repeat(255));
    const consumers = fc.constantFrom("audit", "billing", "ghost", "é", "y".repeat(255));
    const text = fc.oneof(fc.string(), fc.constant("z".repeat(3_000)));
    const message = fc.record({
      form: fc.constantFrom(...heads),
      times: fc.integer({ min: 1, max: 60 }),
      stream: names,
      consumer: consumers,
      body: fc.record(
        {
          action: fc.constantFrom("create", "delete", "modify", "x"),
          stream_seq: fc.oneof(fc.integer({ min: -1, max: 200 }), fc.constant(2 ** 60)),
          deliveries: fc.integer({ min: 0, max: 1e6 }),
          ack_time: fc.integer(),
          leader: text,
          reason: text,
          replicas: fc.constantFrom(null, 7, [null, 1], [{ name: 7 }]),
          paused: fc.boolean(),
          pause_until: fc.constant("2027-01-01T00:00:00Z"),
          client: fc.constantFrom(null, 7, { name: 7, user: "u" }),
          group: text,
          batch: text,
          subject: text,
          server: text,
        },
        { requiredKeys: [] },
      ),
    });
    const samples = fc.array(fc.array(message, { maxLength: 40 }), { maxLength: 4 });
    fc.assert(
      fc.property(samples, fc.boolean(), (rounds, system) => {
        const { hear, sample, advisories } = listenTo({ system });
        let heard = 0;
        rounds.forEach((messages, round) => {
          const timestamp = new Date(START + 1_000 * (round + 1)).toISOString();
          for (const { form, times, stream, consumer, body } of messages) {
            const place = [form.head, ...[stream, consumer].slice(0, form.names)].join(".");
            const type = `io.nats.jetstream.advisory.v1.${form.type}`;
            const data = encoded({ type, timestamp, stream, consumer, ...body });
            heard += times;
            for (let i = 0; i < times; i++) hear(place, data);
          }
          const { events } = sample();
          expect(events.length).toBeLessThanOrEqual(90);
          for (const { title, at } of events) {
            expect(title.length).toBeLessThan(400);
            expect(Number.isFinite(at)).toBe(true);
          }
          const { counts } = advisories;
          expect(counts.heard).toBe(heard);
          expect(counts.ignored + counts.unknown + counts.unread).toBeLessThanOrEqual(heard);
        });
      }),
      { numRuns: 40 },
    );
  });
});

it("says once which subjects may not be heard, until a new connection may", () => {
  const listening = new Map<string, { onRefused: (error: CollectorError) => void; onAsked?: () => void }>();
  const advisories = createAdvisories({
    client: {
      listen: (subject, _, onRefused, onAsked) =>
        void listening.set(subject, { onRefused, ...(onAsked && { onAsked }) }),
    },
    name: "advisories",
    keys: { stream: (name) => name, consumer: (name, one) => `${name}.${one}` },
    passes: () => true,
    clock: { now: () => START },
  });
  const denied = (subject: string) =>
    new CollectorError("DENIED", `"${subject}" is not permitted.`, "Permit it.");
  for (const [subject, { onRefused }] of listening) onRefused(denied(subject));
  expect(advisories.tell([], START).failures).toEqual([
    {
      scope: "source",
      subject: "advisories",
      code: "DENIED",
      message:
        '"$JS.EVENT.ADVISORY.STREAM.>" is not permitted. "$JS.EVENT.ADVISORY.CONSUMER.>" is not permitted. "$JS.EVENT.METRIC.CONSUMER.ACK.>" is not permitted.',
    },
  ]);
  for (const { onAsked } of listening.values()) onAsked?.();
  expect(advisories.tell([], START).failures).toEqual([]);
});
