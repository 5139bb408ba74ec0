import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  status as Status,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { connect, never } from "../../test-connection.ts";
import { startTarget } from "../../test-target.ts";
import { createHealthBook } from "./health-book.ts";
import {
  type HealthCheckRequest,
  type HealthCheckResponse,
  type HealthListResponse,
  healthService,
} from "./health-definition.ts";
import { createHealthWay, type HealthWay } from "./health-way.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

async function open(address: string, services?: readonly string[], book = createHealthBook()) {
  const { client, connection } = await connect(address);
  const clock = { at: 1_000_000 };
  const told = { now: () => clock.at };
  const way = createHealthWay({ connection, target: address, services, book, clock: told });
  cleanups.push(() => client.close());
  return { way, client, clock, book };
}

const stateOf = async (way: HealthWay, service = "") =>
  (await way.read(never))?.services.find((one) => one.service === service);

/** Its health service does what a test says, and counts what it is asked. */
async function startHealthServer(settings: {
  check?: (service: string) => HealthCheckResponse["status"] | Status;
  watch?: (call: ServerWritableStream<HealthCheckRequest, HealthCheckResponse>, opened: number) => void;
  list?: () => HealthListResponse;
}) {
  const asked = { check: 0, watch: 0, list: 0 };
  const server = new Server();
  const { Check, Watch, List } = healthService;
  const handlers = {
    Check: (
      { request }: ServerUnaryCall<HealthCheckRequest, HealthCheckResponse>,
      answer: sendUnaryData<HealthCheckResponse>,
    ) => {
      asked.check++;
      const status = settings.check?.(request.service) ?? "SERVING";
      if (typeof status === "number") answer({ code: status });
      else answer(null, { status });
    },
    ...(settings.watch && {
      Watch: (call: ServerWritableStream<HealthCheckRequest, HealthCheckResponse>) =>
        settings.watch!(call, ++asked.watch),
    }),
    ...(settings.list && {
      List: (_: unknown, answer: sendUnaryData<HealthListResponse>) => {
        asked.list++;
        answer(null, settings.list!());
      },
    }),
  };
  server.addService({ Check, ...(settings.watch && { Watch }), ...(settings.list && { List }) }, handlers);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  cleanups.push(() => server.forceShutdown());
  return { address: `127.0.0.1:${port}`, asked };
}

describe("health", () => {
  it("is told by Watch, in order: what left SERVING and came back between two samples was seen", async () => {
    const target = await startTarget({ instrumented: false });
    cleanups.push(target.kill);
    const { way, client, clock } = await open(target.address, ["test.Quotes", ""]);
    await expect.poll(() => stateOf(way)).toMatchObject({ state: "SERVING", watched: true, drops: 0 });
    expect(await stateOf(way, "test.Quotes")).toMatchObject({ state: "NOT_SERVING", since: Number.NaN });
    clock.at = 2_000_000;
    target.health.setStatus("", "NOT_SERVING");
    target.health.setStatus("", "SERVING");
    await expect.poll(() => stateOf(way)).toMatchObject({ state: "SERVING", drops: 1, since: 2_000_000 });
    expect((await stateOf(way))!.roundTripMs).toBeGreaterThan(0);
    expect(way.takeEvents()).toEqual([
      {
        at: 2_000_000,
        kind: "health",
        title: "Health became NOT_SERVING",
        before: "SERVING",
        after: "NOT_SERVING",
      },
      {
        at: 2_000_000,
        kind: "health",
        title: "Health became SERVING",
        before: "NOT_SERVING",
        after: "SERVING",
      },
    ]);
    expect(way.takeEvents()).toEqual([]);
    // One Check a service and sample, and nothing else, once the Watches are open.
    const before = client.requests;
    await way.read(never);
    expect(client.requests - before).toBe(2);
  });

  it("of a service that the server does not know is SERVICE_UNKNOWN", async () => {
    const target = await startTarget({ instrumented: false });
    cleanups.push(target.kill);
    const { way } = await open(target.address, ["no.Such"]);
    await expect
      .poll(() => stateOf(way, "no.Such"))
      .toMatchObject({ state: "SERVICE_UNKNOWN", watched: true });
  });

  it("is found by Check where the server has no Watch, which is then not asked for again", async () => {
    let status: "SERVING" | "NOT_SERVING" = "SERVING";
    const { address, asked } = await startHealthServer({ check: () => status });
    const { way, client, clock } = await open(address, [""]);
    expect(await stateOf(way)).toMatchObject({ state: "SERVING", watched: false, since: Number.NaN });
    status = "NOT_SERVING";
    clock.at += 60_000;
    expect(await stateOf(way)).toMatchObject({ state: "NOT_SERVING", drops: 1, since: clock.at });
    expect(way.takeEvents()).toHaveLength(1);
    await expect.poll(() => asked.check).toBe(2);
    // The Watch that was refused, and one Check a sample.
    expect(client.requests).toBe(3);
  });

  it("is asked for with Watch again after a while where a Watch ends, and a refusal after longer", async () => {
    const ends: Status[] = [Status.UNAVAILABLE, Status.PERMISSION_DENIED];
    const { address, asked } = await startHealthServer({
      watch: (call, opened) => {
        call.write({ status: "SERVING" });
        const code = ends[opened - 1];
        if (code !== undefined) call.emit("error", { code });
      },
    });
    const { way, clock } = await open(address, [""]);
    const reads = async (watches: number) => {
      for (let i = 0; i < 3; i++) await way.read(never);
      expect(asked.watch).toBe(watches);
    };
    await expect.poll(() => stateOf(way).then(() => asked.watch)).toBe(1);
    await expect.poll(() => stateOf(way)).toMatchObject({ watched: false });
    await reads(1);
    clock.at += 5_000;
    await way.read(never);
    await expect.poll(() => asked.watch).toBe(2);
    await expect.poll(() => stateOf(way)).toMatchObject({ watched: false });
    clock.at += 29_000;
    await reads(2);
    clock.at += 1_000;
    await expect.poll(() => stateOf(way)).toMatchObject({ watched: true });
    await reads(3);
  });

  it("is what Check says where Watch sleeps", async () => {
    let status: "SERVING" | "NOT_SERVING" = "SERVING";
    const { address } = await startHealthServer({
      check: () => status,
      watch: (call) => call.write({ status: "SERVING" }),
    });
    const { way } = await open(address, [""]);
    await expect.poll(() => stateOf(way)).toMatchObject({ watched: true });
    status = "NOT_SERVING";
    expect(await stateOf(way)).toMatchObject({ state: "SERVING" });
    expect(await stateOf(way)).toMatchObject({ state: "NOT_SERVING", drops: 1 });
  });

  it("lists the services nobody named where the server can, whatever they are called", async () => {
    const { address, asked } = await startHealthServer({
      list: () => ({
        statuses: [
          { key: "__proto__", value: { status: "NOT_SERVING" } },
          { key: "", value: { status: "SERVING" } },
          { key: "a.B", value: { status: 77 } },
          { key: "a.B", value: null },
        ],
      }),
    });
    const { way } = await open(address);
    expect((await way.read(never))!.services.map(({ service, state }) => [service, state])).toEqual([
      ["", "SERVING"],
      ["__proto__", "NOT_SERVING"],
      ["a.B", "UNKNOWN"],
    ]);
    expect(asked).toEqual({ check: 1, watch: 0, list: 1 });
    const named = await open(address, [""]);
    expect((await named.way.read(never))!.services).toHaveLength(1);
  });

  it("costs only itself where one service is refused, and is not asked again at once", async () => {
    const { address, asked } = await startHealthServer({
      check: (service) => (service === "secret" ? Status.PERMISSION_DENIED : "SERVING"),
    });
    const { way, clock } = await open(address, ["", "secret"]);
    for (let i = 0; i < 3; i++) {
      const { services, failed } = (await way.read(never))!;
      expect(services).toMatchObject([{ service: "", state: "SERVING" }]);
      expect(failed).toMatchObject([{ service: "secret", error: { code: "DENIED" } }]);
    }
    expect(asked.check).toBe(4);
    clock.at += 30_000;
    await way.read(never);
    expect(asked.check).toBe(6);
    const refused = await open(address, ["secret"]);
    await expect(refused.way.read(never)).rejects.toMatchObject({ code: "DENIED" });
  });

  it("is null where there is no health service, and not asked for again on this connection", async () => {
    const target = await startTarget({ instrumented: false, health: false });
    cleanups.push(target.kill);
    const { way, client } = await open(target.address, ["", "test.Quotes"]);
    expect(await way.read(never)).toBeNull();
    expect(await way.read(never)).toBeNull();
    expect(client.requests).toBe(2);
  });

  it("remembers over connections, and does not claim to know what happened between them", async () => {
    const target = await startTarget({ instrumented: false });
    cleanups.push(target.kill);
    const first = await open(target.address);
    await expect.poll(() => stateOf(first.way)).toMatchObject({ watched: true });
    target.health.setStatus("", "NOT_SERVING");
    await expect.poll(() => stateOf(first.way)).toMatchObject({ drops: 1, since: 1_000_000 });
    first.way.close();
    expect(await first.way.read(never)).toBeNull();
    const second = await open(target.address, [], first.book);
    expect(await stateOf(second.way)).toMatchObject({ state: "NOT_SERVING", drops: 1, since: Number.NaN });
    expect(second.way.takeEvents()).toHaveLength(1);
  });

  it("is lost with its connection", async () => {
    const target = await startTarget({ instrumented: false });
    const { way } = await open(target.address);
    await way.read(never);
    target.kill();
    await expect(way.read(never)).rejects.toMatchObject({ code: "UNREACHABLE" });
  });
});
