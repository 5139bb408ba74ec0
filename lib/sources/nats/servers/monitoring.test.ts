import type { RequestListener } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ManualClock } from "../../../async/manual-clock.fixture.ts";
import { type Loopback, listenHttp, listenTcp } from "../loopback.fixture.ts";
import { createMonitoringClient, type MonitoringClient } from "./monitoring.ts";

let server: Loopback;
let client: MonitoringClient;
const clock = new ManualClock();
afterEach(async () => {
  client.close();
  await server.close();
});

const schema = z.object({ in_msgs: z.number() });
const never = new AbortController().signal;

async function serve(handle: RequestListener, path = "") {
  server = await listenHttp(handle);
  watch(`http://127.0.0.1:${server.port}${path}`);
}
function watch(base: string) {
  client = createMonitoringClient(base, 2_000, clock);
}
const get = (signal = never) => clock.advanceUntil(client.get("varz?subs=1", schema, signal));

describe("a monitoring client", () => {
  it("asks below the base URL, on one connection", async () => {
    const asked: (string | undefined)[] = [];
    await serve((request, response) => {
      asked.push(request.url);
      response.end('{"in_msgs":5}');
    }, "/nats/");
    expect(await get()).toEqual({ in_msgs: 5 });
    await get();
    expect(asked).toEqual(["/nats/varz?subs=1", "/nats/varz?subs=1"]);
    expect(client.requests).toBe(2);
    expect(server.accepted).toBe(1);
    client.close();
    await expect.poll(() => server.open).toBe(0);
  });

  it.each<[string, string, RequestListener]>([
    ["something that is not JSON", "PROTOCOL", (_, response) => response.end("<html>")],
    ["JSON of another shape", "PROTOCOL", (_, response) => response.end('{"in_msgs":"many"}')],
    [
      "a redirect",
      "PROTOCOL",
      (_, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
    ],
    ["a million brackets", "PROTOCOL", (_, response) => response.end("[".repeat(1e6) + "]".repeat(1e6))],
    ["an error", "ANSWERED_ERROR", (_, response) => response.writeHead(500).end()],
    ["a demand to sign in", "AUTH", (_, response) => response.writeHead(401).end()],
    ["a refusal", "DENIED", (_, response) => response.writeHead(403).end()],
    ["a hang-up", "UNREACHABLE", (request) => request.socket.destroy()],
  ])("calls %s %s", async (_, code, handle) => {
    await serve(handle);
    await expect(get()).rejects.toMatchObject({ name: "CollectorError", code });
  });

  it("stops reading an endless answer", async () => {
    let sent = 0;
    await serve((_, response) => {
      const chunk = Buffer.alloc(1 << 16, " ");
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      };
      response.on("drain", more);
      more();
    });
    await expect(get()).rejects.toMatchObject({
      code: "PROTOCOL",
      message: expect.stringContaining("4 MiB"),
    });
    await expect.poll(() => server.open).toBe(0);
    expect(sent).toBeLessThan(64 << 20);
  });

  it("bounds an answer that trickles, and then lets the endpoint rest", async () => {
    await serve((_, response) => {
      const timer = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(timer));
    });
    await expect(get()).rejects.toMatchObject({ code: "TIMEOUT" });
    await expect.poll(() => server.open).toBe(0);
    await expect(get()).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(client.requests).toBe(1);
  });

  it("says when something other than HTTP answers", async () => {
    server = await listenTcp((socket) => socket.write("INFO {}\r\n"));
    watch(`http://127.0.0.1:${server.port}`);
    await expect(get()).rejects.toMatchObject({ code: "PROTOCOL" });
  });

  it("gives up when aborted", async () => {
    const abort = new AbortController();
    await serve(() => abort.abort(new Error("enough")));
    await expect(get(abort.signal)).rejects.toThrow("enough");
    await expect.poll(() => server.open).toBe(0);
  });

  it("keeps credentials of its URL out of messages", async () => {
    await serve((_, response) => response.end("no"));
    watch(`http://me:secret@127.0.0.1:${server.port}`);
    await expect(get()).rejects.toMatchObject({ message: expect.not.stringContaining("secret") });
  });
});
