import { clockTelling } from "../../async/clock-telling.fixture.ts";
/** What Streamside asks is not in what it counts: servers that nobody else calls. */

import { getChannelzHandlers, getChannelzServiceDefinition } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import type { Sample } from "../../sample/sample.ts";
import { createGrpcCollector } from "../../sources/grpc/index.ts";
import { goProgram, startGoTarget } from "../../sources/grpc/test-go-target.ts";
import { python, QuotesClient, startPythonTarget } from "../../sources/grpc/test-python-target.ts";
import { createSubjects, inTime } from "../../sources/grpc/test-subjects.ts";
import { TargetClient, until } from "../../sources/grpc/test-target.ts";
import { Store } from "../../store/store.ts";
import { addSource, COST } from "../../store/test-store.ts";
import { scrape } from "./test-scrape.ts";

const { ending, ...subjects } = createSubjects();
const never = new AbortController().signal;

/** Samples and scrapes a target; a second of the clock passes with each sample. */
function watch(target: string, metrics?: string) {
  let at = Date.now();
  const clock = clockTelling(() => at);
  const services = ["", "nope.Nope"];
  const collector = createGrpcCollector({ ...inTime, target, metrics, services, clock });
  ending.push(() => collector.close());
  const store = new Store();
  const table = addSource(store, "g", "grpc");
  return async () => {
    at += 1_000;
    const sample = await collector.sample(never);
    table.accept(sample, COST);
    store.tick(at);
    return { sample, series: await scrape(store, { now: at }) };
  };
}

/** Every figure that counts calls: of methods, of `/metrics` and of channelz (calls, OK, failed). */
function countsIn({ sample, series }: { sample: Sample; series: ReadonlyMap<string, number> }) {
  const methods = sample.layout.streams.flatMap((_, row) =>
    sample.streams.calls![row]!.flatMap(({ started, completed }) => [started, completed]),
  );
  const counters = [...series].filter(([name]) => /^grpc_|live_calls|handled/.test(name));
  const channelz = sample.sections?.find(({ key }) => key === "channelz-servers")?.rows[0]?.cells.slice(3);
  return {
    names: sample.layout.streams.map(({ name }) => name).filter((name) => !/\.Quotes\//.test(name)),
    methods: methods.filter((count) => count > 0),
    series: counters.filter(([, value]) => value > 0),
    channelz,
  };
}

const nothing = { names: [], methods: [], series: [], channelz: [0, 0, 0] };

async function aMinute(look: ReturnType<typeof watch>) {
  for (let second = 0; second < 61; second++) await look();
  return look();
}

describe("a minute of a server that nobody else calls counts nothing, and then exactly what others do", () => {
  test.skipIf(goProgram === null)("grpc-go with its OpenTelemetry metrics", { timeout: 90_000 }, async () => {
    const target = await startGoTarget();
    ending.push(() => target.stop());
    const look = watch(target.address, target.metrics);
    expect(countsIn(await aMinute(look))).toEqual(nothing);
    const quotes = new QuotesClient(target.address);
    ending.push(() => quotes.close());
    await quotes.get({});
    await expect(quotes.get({ failWith: 5 })).rejects.toThrow();
    const seen = await until(
      look,
      (one) => countsIn(one).channelz?.[0] === 2 && countsIn(one).methods.length > 0,
    );
    expect(countsIn(seen)).toMatchObject({ channelz: [2, 1, 1], methods: [2, 2] });
    const of = (name: string) => [...seen.series].find(([key]) => key.startsWith(name))?.[1];
    expect(of("grpc_server_started_total")).toBe(2);
    expect(of("grpc_server_handling_seconds_count")).toBe(2);
  });

  test.skipIf(python === null)("grpcio", { timeout: 90_000 }, async () => {
    const target = await startPythonTarget({ streamHealth: true });
    ending.push(() => target.stop());
    const look = watch(target.address);
    expect(countsIn(await aMinute(look))).toEqual(nothing);
    const quotes = new QuotesClient(target.address);
    ending.push(() => quotes.close());
    await quotes.get({});
    await expect(quotes.get({ failWith: 5 })).rejects.toThrow();
    const seen = await until(look, (one) => countsIn(one).channelz?.[0] === 2);
    expect(countsIn(seen)).toMatchObject({ channelz: [2, 1, 1] });
  });

  test("grpc-js, instrumented", { timeout: 90_000 }, async () => {
    const target = await subjects.target();
    target.server.addService(getChannelzServiceDefinition(), getChannelzHandlers() as never);
    const look = watch(target.address);
    const quiet = await aMinute(look);
    expect(countsIn(quiet)).toEqual(nothing);
    expect(quiet.series.get('streamside_grpc_health_serving{source="g",service=""}')).toBe(1);
    expect(quiet.series.get('streamside_grpc_health_serving{source="g",service="nope.Nope"}')).toBe(0);
    const client = new TargetClient(target.address);
    ending.push(() => client.close());
    await client.get(1);
    const seen = await until(
      look,
      (one) => countsIn(one).channelz?.[1] === 1 && countsIn(one).methods.length > 0,
    );
    expect(countsIn(seen)).toMatchObject({ channelz: [1, 1, 0], methods: [1, 1] });
  });
});
