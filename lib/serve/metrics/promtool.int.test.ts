import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { LATENCY_MEASURES } from "../../model/call.ts";
import { layoutOf, observe } from "../../pipeline/test-observation.ts";
import { SOURCE_KINDS } from "../../sources/index.ts";
import { latencyOf, totalsOf, withCalls } from "../../store/test-calls.ts";
import { addSource, COST, kafkaStore } from "../../store/test-store.ts";
import { createMetrics } from "./render-metrics.ts";

/** Prometheus's own checker of what a program exports. */
const promtool = (input: string) => spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
const isThere = promtool("").error === undefined;

it.skipIf(!isThere)("finds nothing wrong with what Streamside exports", async () => {
  const { store } = kafkaStore();
  const table = addSource(store, "g", "grpc");
  const layout = layoutOf({ streams: { m: { lanes: 1, kind: "method" } }, consumers: { p: ["m"] } });
  Object.assign(layout.streams[0]!, { name: '/pkg.Feed/Wa"tch', calls: { kind: "unary", side: "server" } });
  for (let second = 0; second <= 30; second++) {
    const waits = { at: 30_000 + second * 1_000, head: 1, position: 1, backlog: 3, latencyMs: 5 };
    const latencies = LATENCY_MEASURES.map((measure) => ({
      ...latencyOf(measure, { 5: second, Infinity: second }),
      sumMs: second * 200,
    }));
    const counts = { started: second, completed: second, sent: second, received: second, retries: 0 };
    const statuses = [{ code: 4, count: second }];
    const totals = totalsOf({ ...counts, bytesSent: 1, bytesReceived: 1, statuses, latencies });
    table.accept(withCalls(observe(layout, waits), [{ key: "a", connection: 0 }], [totals]), COST);
  }
  const sockets = () => ({ clients: 0, queries: 0 });
  const render = createMetrics({
    store,
    kinds: SOURCE_KINDS,
    now: () => 60_000,
    maxPositionSeries: 10_000,
    sockets,
  });
  const { text } = await render();
  expect(text).toContain("streamside_grpc_round_trip_seconds_bucket");
  const { stdout, stderr } = promtool(text);
  // What prom-client tells of the process is its own affair, and names of other exporters are as they are.
  const ours = (line: string) => /^(grpc_|streamside_)/.test(line) && !line.startsWith("streamside_nodejs_");
  expect(`${stdout}${stderr}`.split("\n").filter(ours)).toEqual([]);
  expect(`${stdout}${stderr}`).not.toContain("error while linting");
});
