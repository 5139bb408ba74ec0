import { AckPolicy, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type LocalBroker, startLocalNats } from "../../../brokers/index.ts";
import type { SourceEvent } from "../../model/source.ts";
import type { Collector, Scope } from "../../sample/collector.ts";
import type { CollectorError } from "../../sample/collector-error.ts";
import type { Sample } from "../../sample/sample.ts";
import { causesOf } from "../causes.ts";
import { createNatsCollector } from "./collector.ts";

/** Where answers come to: without it there are none. */
const INBOX = "_INBOX.>";
/** All that a read-only user needs, as the documentation says; each feature can be left out by itself. */
const GRANTS = {
  /** Streams, consumers and all that is counted of them. */
  jetStream: { publish: ["$JS.API.INFO", "$JS.API.STREAM.LIST", "$JS.API.CONSUMER.LIST.*"], subscribe: [] },
  /** The page of one consumer every 250 ms; and clusters in which a leader is gone. */
  closer: { publish: ["$JS.API.STREAM.INFO.*", "$JS.API.CONSUMER.INFO.*.*"], subscribe: [] },
  /** Ages of first unread messages; looking at one message. Whoever may do this may read every message. */
  messages: { publish: ["$JS.API.STREAM.MSG.GET.*", "$JS.API.DIRECT.GET.*"], subscribe: [] },
  /** What JetStream tells of itself: created, deleted, given up, leaders. */
  advisories: {
    publish: [],
    subscribe: [
      "$JS.EVENT.ADVISORY.STREAM.>",
      "$JS.EVENT.ADVISORY.CONSUMER.>",
      "$JS.EVENT.METRIC.CONSUMER.ACK.>",
    ],
  },
  /** Not to show an account twice, where a system account is configured. */
  account: { publish: ["$SYS.REQ.USER.INFO"], subscribe: [] },
};
/** All that a user of the system account needs. */
const SYSTEM = {
  publish: [
    "$SYS.REQ.SERVER.PING.VARZ",
    "$SYS.REQ.SERVER.PING.CONNZ",
    "$SYS.REQ.SERVER.PING.ROUTEZ",
    "$SYS.REQ.SERVER.PING.GATEWAYZ",
    "$SYS.REQ.SERVER.PING.LEAFZ",
    "$SYS.REQ.SERVER.PING.JSZ",
    "$SYS.REQ.ACCOUNT.PING.STATZ",
  ],
  subscribe: [
    "$JS.EVENT.ADVISORY.DOMAIN.>",
    "$JS.EVENT.ADVISORY.SERVER.>",
    "$JS.EVENT.ADVISORY.API.LIMIT_REACHED",
  ],
};
const READ_ONLY = {
  publish: Object.values(GRANTS).flatMap(({ publish }) => publish),
  subscribe: Object.values(GRANTS).flatMap(({ subscribe }) => subscribe),
};
type Permissions = { readonly publish: readonly string[]; readonly subscribe: readonly string[] };

const never = new AbortController().signal;
const opened: { close(): Promise<unknown> }[] = [];
let nats: LocalBroker;
let owner: NatsConnection;
let jsm: JetStreamManager;

const without = ({ publish, subscribe }: Permissions, subject: string): Permissions => ({
  publish: publish.filter((one) => one !== subject),
  subscribe: subscribe.filter((one) => one !== subject),
});

/** One user a subject that it lacks; `all` lacks none and `mute` hears no answers. */
const users = (permissions: Permissions) => {
  const lacking = [...permissions.publish, ...permissions.subscribe];
  const line = (user: string, { publish, subscribe }: Permissions, inbox = [INBOX]) => {
    const allow = (subjects: readonly string[]) => JSON.stringify({ allow: subjects });
    const hears = inbox.length + subscribe.length > 0 ? allow([...inbox, ...subscribe]) : '{"deny": ">"}';
    return `{ user: ${JSON.stringify(user)}, password: pw, permissions: { publish: ${allow(publish)}, subscribe: ${hears} } }`;
  };
  return [
    line("all", permissions),
    line("private", permissions, ["_INBOX_private.>"]),
    line("mute", { publish: permissions.publish, subscribe: [] }, []),
    ...lacking.map((subject) => line(subject, without(permissions, subject))),
  ].join("\n");
};

beforeAll(async () => {
  nats = await startLocalNats({
    config: `
      accounts {
        APP { jetstream: enabled, users: [{ user: owner, password: pw }
          ${users(READ_ONLY)}] }
        SYS { users: [${users(SYSTEM).replaceAll('user: "', 'user: "system ')}] }
      }
      system_account: SYS`,
  });
  owner = await connect({ servers: nats.address, user: "owner", pass: "pw" });
  jsm = await jetstreamManager(owner);
  for (const [name, allow_direct] of [
    ["DIRECT", true],
    ["LEADER", false],
  ] as const) {
    await jsm.streams.add({ name, subjects: [name], allow_direct });
    await jsm.consumers.add(name, { durable_name: "late", ack_policy: AckPolicy.Explicit });
    await jetstream(owner).publish(name, "x");
  }
}, 60_000);
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});
afterAll(async () => {
  await owner?.close();
  await nats?.stop();
});

function collect(user: string, system?: string, inboxPrefix?: string): Collector {
  const collector = createNatsCollector({
    ...{ id: "test", servers: [nats.address], connectTimeoutMs: 2_000, requestTimeoutMs: 2_000 },
    auth: { user, password: "pw" },
    inboxPrefix,
    ...(system && { systemAccount: { user: `system ${system}`, password: "pw" } }),
  });
  opened.push(collector);
  return collector;
}

const scope: Scope = { focus: ["DIRECT.late", "LEADER.late"], unaged: [] };
const keys = ({ layout }: Sample) => layout.consumers.map(({ key }) => key);

/** What can be had, feature by feature. */
async function featuresOf(collector: Collector) {
  const first = await collector.sample(never, scope);
  const closer = await collector.sampleFocus!(["LEADER.late"], never);
  const name = `C${Math.random().toString(36).slice(2)}`;
  await jsm.consumers.add("LEADER", { name, ack_policy: AckPolicy.Explicit, inactive_threshold: 60e9 });
  let observation = first;
  const events: SourceEvent[] = [];
  for (let i = 0; i < 20 && !events.some(({ kind }) => kind.includes("consumer")); i++) {
    observation = await collector.sample(never, scope);
    events.push(...observation.events);
  }
  await jsm.consumers.delete("LEADER", name);
  const peeked = await collector.peek!("LEADER", 1, never).then(
    ({ sequence }) => sequence,
    ({ message }: CollectorError) => message,
  );
  const row = (key: string) => first.layout.consumers.findIndex((one) => one.key === key);
  const aged = (key: string) => (first.positions.unreadSince?.[row(key)] ?? 0) > 0;
  return {
    failures: observation.failures,
    has: {
      streams: first.layout.streams.map(({ key }) => key),
      consumers: keys(first).filter((key) => key.endsWith(".late")),
      closer: closer !== null && closer.positions.backlog?.[row("LEADER.late")] === 1,
      aged: ["DIRECT.late", "LEADER.late"].filter(aged),
      peeked,
      sections: (observation.sections ?? []).length,
    },
  };
}

const everything = {
  streams: expect.arrayContaining(["DIRECT", "LEADER"]),
  consumers: ["DIRECT.late", "LEADER.late"],
  closer: true,
  aged: ["DIRECT.late", "LEADER.late"],
  peeked: 1,
};

describe("a user who may no more than is documented", () => {
  it("has everything", async () => {
    const { failures, has } = await featuresOf(collect("all", "all"));
    expect(failures).toEqual([]);
    expect(has).toMatchObject({ ...everything, sections: 4, streams: ["DIRECT", "LEADER", "$core"] });
  });

  it("has everything with an inbox of its own", async () => {
    const { failures, has } = await featuresOf(collect("private", "private", "_INBOX_private"));
    expect(failures).toEqual([]);
    expect(has).toMatchObject({ ...everything, sections: 4 });
    await expect(collect("private").sample(never)).rejects.toMatchObject({
      code: "DENIED",
      hint: expect.stringMatching(/_INBOX\.> .*inboxPrefix/),
    });
  });

  it.each([
    "DIRECT",
    "$JS.API.STREAM.CREATE.NEW",
    "$JS.API.STREAM.UPDATE.LEADER",
    "$JS.API.STREAM.DELETE.LEADER",
    "$JS.API.STREAM.PURGE.LEADER",
    "$JS.API.STREAM.MSG.DELETE.LEADER",
    "$JS.API.STREAM.SNAPSHOT.LEADER",
    "$JS.API.STREAM.RESTORE.LEADER",
    "$JS.API.STREAM.LEADER.STEPDOWN.LEADER",
    "$JS.API.STREAM.PEER.REMOVE.LEADER",
    "$JS.API.CONSUMER.CREATE.LEADER",
    "$JS.API.CONSUMER.CREATE.LEADER.new",
    "$JS.API.CONSUMER.DURABLE.CREATE.LEADER.new",
    "$JS.API.CONSUMER.DELETE.LEADER.late",
    "$JS.API.CONSUMER.PAUSE.LEADER.late",
    "$JS.API.CONSUMER.RESET.LEADER.late",
    "$JS.API.CONSUMER.UNPIN.LEADER.late",
    "$JS.API.CONSUMER.LEADER.STEPDOWN.LEADER.late",
    "$JS.API.CONSUMER.MSG.NEXT.LEADER.late",
    "$JS.ACK.LEADER.late.1.1.1.1.0",
    "$JS.FC.LEADER.late.x",
    "$KV.bucket.key",
  ])("is refused by the server to publish to %s", async (subject) => {
    const nc = await connect({ servers: nats.address, user: "all", pass: "pw" });
    opened.push(nc);
    const refusal = await nc.request(subject, "{}", { timeout: 2_000 }).then(
      () => null,
      (error: unknown) => causesOf(error).find((cause) => cause instanceof PermissionViolationError),
    );
    expect(refusal).toMatchObject({ operation: "publish", subject });
  });

  it("may not hear what others say", async () => {
    const nc = await connect({ servers: nats.address, user: "all", pass: "pw" });
    opened.push(nc);
    for (const subject of ["DIRECT", ">", "$JS.API.>"]) {
      const error = await new Promise((resolve) => {
        nc.subscribe(subject, { callback: resolve });
      });
      expect(error).toBeInstanceOf(PermissionViolationError);
    }
  });
});

const onLeader = expect.stringContaining('"$JS.API.STREAM.MSG.GET.LEADER"');

describe("without one of its subjects, exactly that part is lost, and named:", () => {
  it.each<[string, object]>([
    ["$JS.API.CONSUMER.LIST.*", { consumers: [], closer: false, aged: [] }],
    ["$JS.API.STREAM.MSG.GET.*", { aged: ["DIRECT.late"], peeked: onLeader }],
    ...GRANTS.advisories.subscribe.map((subject): [string, object] => [subject, {}]),
  ])("%s", async (subject, lost) => {
    const { failures, has } = await featuresOf(collect(subject));
    const plain = subject.replace(/[*>].*/, "");
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) {
      expect(failure).toMatchObject({ code: "DENIED", message: expect.stringContaining(plain) });
    }
    expect(has).toMatchObject({ ...everything, ...lost });
  });

  it.each([
    ["$JS.API.STREAM.LIST", "$JS.API.STREAM.LIST"],
    ["mute", INBOX],
  ])("%s", async (user, subject) => {
    await expect(collect(user).sample(never)).rejects.toMatchObject({
      code: "DENIED",
      message: expect.stringContaining(nats.address.replace("nats://", "")),
      hint: expect.stringContaining(subject),
    });
  });

  it.each([
    "$JS.API.INFO", // what the account stores
    "$JS.API.DIRECT.GET.*", // the leader is asked instead
    ...GRANTS.closer.publish, // the lists tell as much, more slowly
    ...GRANTS.account.publish,
  ])("%s (nothing more than a line of facts)", async (subject) => {
    const { failures, has } = await featuresOf(collect(subject));
    expect(failures).toEqual([]);
    expect(has).toMatchObject(everything);
  });

  const ofClusters = ["ROUTEZ", "GATEWAYZ", "LEAFZ"].map((name) => `$SYS.REQ.SERVER.PING.${name}`);
  it.each([...SYSTEM.publish, ...SYSTEM.subscribe].filter((one) => !ofClusters.includes(one)))(
    "%s of the system account",
    async (subject) => {
      const { failures, has } = await featuresOf(collect("all", subject));
      const message = expect.stringContaining(`"${subject}"`);
      expect(failures).toMatchObject([{ scope: "source", code: "DENIED", message }]);
      expect(has).toMatchObject(everything);
    },
  );
});
