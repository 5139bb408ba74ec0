import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createNatsCollector } from "./collector.ts";
import { fixture } from "./jetstream/recorded.fixture.ts";
import { type Loopback, listenHttp, listenTcp } from "./loopback.fixture.ts";

const never = new AbortController().signal;
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** As much of a NATS server as signing in takes; what it does with each later ping is up to the test. */
function listenNats(onPing: (socket: Socket, connection: number) => void): Promise<Loopback> {
  let connection = 0;
  return listenTcp((socket) => {
    let pings = 0;
    let mine = 0;
    socket.write(`INFO ${JSON.stringify(fixture("server-info"))}\r\n`);
    socket.on("data", (data) => {
      for (const _ of data.toString().matchAll(/^PING\r\n/gm)) {
        if (pings++ > 0) onPing(socket, mine);
        else {
          mine = ++connection;
          socket.write("PONG\r\n");
        }
      }
    });
  });
}

function collect(nats: Loopback, monitoring?: string) {
  const collector = createNatsCollector({
    id: "test",
    servers: [`127.0.0.1:${nats.port}`],
    ...(monitoring !== undefined && { monitoring: [monitoring] }),
    jetstream: false,
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 300,
  });
  opened.push(nats, collector);
  return collector;
}

describe("a NATS collector", () => {
  it("lets go of a connection that no longer answers, and makes another", async () => {
    const nats = await listenNats((socket, connection) => connection > 1 && socket.write("PONG\r\n"));
    const collector = collect(nats);
    await expect(collector.sample(never)).rejects.toMatchObject({ code: "TIMEOUT" });
    await expect.poll(() => nats.open).toBe(0);
    expect((await collector.sample(never)).failures).toEqual([]);
    await collector.sample(never);
    expect(nats.open).toBe(1);
  });

  it("calls a connection that is lost on the way unreachable, and waits for no time limit", async () => {
    const nats = await listenNats((socket) => socket.destroy());
    await expect(collect(nats).sample(never)).rejects.toMatchObject({ code: "UNREACHABLE" });
  });

  it("keeps core rows with unknown numbers while the endpoint is unwell, and closes every connection", async () => {
    let well = true;
    const web = await listenHttp((request, response) => {
      const name = request.url!.startsWith("/varz") ? "varz" : "connz";
      response.end(well ? JSON.stringify(fixture(name)) : "oops");
    });
    const nats = await listenNats((socket) => socket.write("PONG\r\n"));
    const collector = collect(nats, `http://127.0.0.1:${web.port}`);
    const first = await collector.sample(never);
    expect(first.streams.inTotal?.[0]).toBe(50);
    well = false;
    const second = await collector.sample(never);
    expect(second.layout).toBe(first.layout);
    expect(second.streams.inTotal?.[0]).toBeNaN();
    expect(second.failures).toMatchObject([{ scope: "source", code: "PROTOCOL" }]);
    expect(web.open).toBeGreaterThan(0);
    await collector.close();
    await expect.poll(() => [web.open, nats.open]).toEqual([0, 0]);
    opened.push(web);
  });

  it("stays closed", async () => {
    const nats = await listenNats((socket) => socket.write("PONG\r\n"));
    const collector = collect(nats);
    await collector.close();
    await expect(collector.sample(never)).rejects.toMatchObject({ name: "CollectorError" });
    expect(nats.accepted).toBe(0);
  });
});
