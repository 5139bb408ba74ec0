import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LocalNatsCluster, startLocalNatsCluster } from "../../../brokers/index.ts";
import type { Collector } from "../../sample/collector.ts";
import type { Sample } from "../../sample/sample.ts";
import { createNatsCollector } from "./collector.ts";

const never = new AbortController().signal;
const KINDS = 5;
const HELD = 60;

let cluster: LocalNatsCluster;
let nc: NatsConnection;
let collector: Collector;
beforeAll(async () => {
  cluster = await startLocalNatsCluster();
  nc = await connect({ servers: cluster.addresses });
  collector = createNatsCollector({
    ...{ id: "test", servers: cluster.addresses, connectTimeoutMs: 2_000, requestTimeoutMs: 2_000 },
  });
}, 60_000);
afterAll(async () => {
  await collector?.close();
  await nc?.close();
  await cluster?.stop();
});

const rowOf = ({ layout }: Sample, key: string) =>
  layout.consumers.findIndex((consumer) => consumer.key === key);

it("knows where replicated consumers stand that have acknowledged nothing, whichever copy answers", async () => {
  const jsm = await jetstreamManager(nc);
  const js = jetstream(nc);
  await jsm.streams.add({
    name: "R3",
    subjects: ["r.*"],
    num_replicas: 3,
    max_msgs: HELD,
    allow_direct: true,
  });
  for (let n = 0; n < HELD + 100; n++) await js.publish(`r.${n % KINDS}`);
  const { state } = await jsm.streams.info("R3");
  expect(state.first_seq).toBe(101);

  const starts = Array.from({ length: 20 }, (_, n) => 101 + n);
  for (const opt_start_seq of starts) {
    await jsm.consumers.add("R3", {
      ...{ durable_name: `from${opt_start_seq}`, ack_policy: AckPolicy.Explicit, num_replicas: 3 },
      ...{ deliver_policy: DeliverPolicy.StartSequence, opt_start_seq },
      filter_subject: `r.${(opt_start_seq - 1) % KINDS}`,
    });
  }
  const whole = { ack_policy: AckPolicy.Explicit, num_replicas: 3 };
  await jsm.consumers.add("R3", { ...whole, durable_name: "all" });
  await jsm.consumers.add("R3", { ...whole, durable_name: "new", deliver_policy: DeliverPolicy.New });
  const some = await (await js.consumers.get("R3", "all")).fetch({ max_messages: 3, expires: 5_000 });
  for await (const _ of some);

  const truth = new Map<string, number>();
  for (const seq of starts) {
    truth.set(`R3.from${seq}`, (await jsm.streams.getMessage("R3", { seq }))!.time.getTime());
  }
  truth.set("R3.all", (await jsm.streams.getMessage("R3", { seq: 101 }))!.time.getTime());
  let observed = await collector.sample(never);
  await expect
    .poll(
      async () => {
        observed = await collector.sample(never, { focus: [...truth.keys()], unaged: [] });
        const { unreadSince } = observed.positions;
        return new Map([...truth.keys()].map((key) => [key, unreadSince?.[rowOf(observed, key)]]));
      },
      { timeout: 20_000 },
    )
    .toEqual(truth);
  const { position, lost, inFlight } = observed.positions;
  for (const seq of starts) expect(position[rowOf(observed, `R3.from${seq}`)]).toBe(seq);
  expect(position[rowOf(observed, "R3.new")]).toBe(HELD + 101);
  expect([position[rowOf(observed, "R3.all")], inFlight![rowOf(observed, "R3.all")]]).toEqual([101, 3]);
  expect(
    lost?.filter((count) => count > 0),
    "what was gone before they began",
  ).toEqual(new Float64Array());
  expect(await collector.peek!("R3", 103, never)).toMatchObject({ sequence: 103, subject: "r.2" });
});
