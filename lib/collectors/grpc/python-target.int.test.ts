import { afterEach, describe, expect, test } from "vitest";
import { createGrpcCollector } from "./index.ts";
import { type PythonTarget, python, QuotesClient, startPythonTarget } from "./test-python-target.ts";
import { factOf, until } from "./test-target.ts";

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

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

function collect({ address }: PythonTarget) {
  const collector = createGrpcCollector({
    id: "python",
    target: address,
    connectTimeoutMs: 1_500,
    requestTimeoutMs: 1_500,
  });
  ending.push(() => collector.close());
  return collector;
}

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
    expect(factOf(await collector.sample(never), "Health")).toBe("SERVING");
    server.setHealth("", "NOT_SERVING");
    await until(
      () => collector.sample(never),
      (sample) => factOf(sample, "Health") === "NOT_SERVING",
    );
  });
});
