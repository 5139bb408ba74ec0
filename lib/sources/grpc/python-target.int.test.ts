import { describe, expect, test } from "vitest";
import { type PythonTarget, python, QuotesClient, startPythonTarget } from "./test-python-target.ts";
import { createSubjects } from "./test-subjects.ts";
import { factOf, until } from "./test-target.ts";

const { ending, ...subjects } = createSubjects();

const never = new AbortController().signal;

async function target(...settings: Parameters<typeof startPythonTarget>): Promise<PythonTarget> {
  const started = await startPythonTarget(...settings);
  ending.push(() => started.stop());
  return started;
}

function clientOf({ address }: PythonTarget): QuotesClient {
  const client = new QuotesClient(address);
  ending.push(() => client.close());
  return client;
}

const collect = ({ address }: PythonTarget) => subjects.collect(address);

describe.skipIf(python === null)("a server of grpcio", () => {
  test("answers calls of all four kinds", async () => {
    const client = clientOf(await target());
    expect(await client.get({ number: 7 })).toMatchObject({ number: 7 });
    await expect(client.get({ failWith: 13 })).rejects.toMatchObject({ code: 13 });
    const upload = client.upload();
    for (const number of [1, 2, 3]) upload.call.write({ number });
    upload.call.end();
    expect(await upload.answer).toMatchObject({ number: 3 });
    const watched: number[] = [];
    for await (const quote of client.watch({ count: 3 })) watched.push(quote.number);
    expect(watched).toEqual([1, 2, 3]);
    const talk = client.talk();
    talk.write({ number: 5 });
    talk.end();
    const answers: number[] = [];
    for await (const quote of talk) answers.push(quote.number);
    expect(answers).toEqual([5]);
  });

  test("tells its health, and that it changed", async () => {
    const server = await target();
    const collector = collect(server);
    const health = async () => factOf(await collector.sample(never), "Health");
    await expect.poll(health, { timeout: 10_000 }).toBe("SERVING");
    server.setHealth("", "NOT_SERVING");
    await until(
      () => collector.sample(never),
      (sample) => factOf(sample, "Health")?.startsWith("NOT_SERVING, left SERVING once") === true,
    );
  });

  test("shows its calls as they were made, where it has the package", async () => {
    const server = await target({ streamHealth: true });
    const client = clientOf(server);
    const collector = collect(server);
    await collector.sample(never);

    for (const number of [1, 2, 3]) await client.get({ number });
    await expect(client.get({ failWith: 5 })).rejects.toMatchObject({ code: 5 });
    await expect(client.get({ afterMs: 2_000 }, { deadline: Date.now() + 100 })).rejects.toMatchObject({
      code: 4,
    });
    const upload = client.upload();
    for (const number of [1, 2, 3]) upload.call.write({ number });
    upload.call.end();
    await upload.answer;
    for await (const _ of client.watch({ count: 7, size: 100 }));
    const talk = client.talk();
    talk.resume();
    talk.write({ number: 5 });
    const watch = client.watch({ intervalMs: 20 });
    watch.resume();

    const seen = await until(
      () => collector.sample(never),
      ({ calls, layout, streams }) =>
        layout.streams.length === 4 &&
        calls?.count === 2 &&
        calls.sent.every((sent) => sent >= 1) &&
        streams.calls![layout.streams.findIndex(({ name }) => name.endsWith("/Get"))]![0]!.completed === 5,
    );
    const { layout, streams, calls } = seen;
    const methods = new Map(layout.streams.map((stream, row) => [stream.name, { stream, row }]));
    const of = (name: string) => {
      const { stream, row } = methods.get(`/foreign.Quotes/${name}`)!;
      const [totals] = streams.calls![row]!;
      const statuses = Object.fromEntries(totals!.statuses.map(({ code, count }) => [code, count]));
      return { ...stream.calls, ...totals!, statuses };
    };
    expect(of("Get")).toMatchObject({ kind: "unary", side: "server", started: 5, completed: 5 });
    expect(of("Get").statuses).toEqual({ 0: 3, 4: 1, 5: 1 });
    expect(of("Upload")).toMatchObject({ kind: "client stream", received: 3, sent: 1, statuses: { 0: 1 } });
    expect(of("Watch")).toMatchObject({ kind: "server stream", started: 2, completed: 1 });
    expect(of("Watch").bytesSent).toBeGreaterThan(7 * 100);
    expect(of("Talk")).toMatchObject({ kind: "bidirectional stream", received: 1, sent: 1, started: 1 });
    expect(of("Talk").from).toBe("instrumented");
    for (let call = 0; call < calls!.count; call++) {
      expect(calls!.clientName[call]).toMatch(/^quotes-client grpc-node-js/);
      expect(calls!.peer[call]).toMatch(/^127\.0\.0\.1:\d+$/);
      expect(calls!.unread[call]).toBeNaN();
      expect(calls!.queued[call]).toBe(0);
    }
    watch.cancel();
    talk.cancel();
  });

  test("shows a reader that does not read as one waiting message", async () => {
    const server = await target({ streamHealth: true });
    const client = clientOf(server);
    const collector = collect(server);
    const paused = client.watch({ size: 50_000 });
    paused.once("data", () => paused.pause());
    const slow = client.watch({ intervalMs: 300 });
    slow.resume();
    const { calls } = await until(
      () => collector.sample(never),
      (sample) => sample.calls?.count === 2 && sample.calls.waitingMs[0]! > 300,
    );
    expect([...calls!.queued]).toEqual([1, 0]);
    paused.cancel();
    slow.cancel();
  });
});
