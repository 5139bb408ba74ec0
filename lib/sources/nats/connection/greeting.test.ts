import { afterEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../../async/manual-clock.fixture.ts";
import { parseServer } from "../config.ts";
import { type Loopback, listenHttp, listenTcp } from "../loopback.fixture.ts";
import { readGreeting } from "./greeting.ts";

let server: Loopback;
afterEach(() => server.close());

const never = new AbortController().signal;
const greet = (timeoutMs = 2_000, signal = never) => {
  const clock = new ManualClock();
  return clock.advanceUntil(readGreeting(parseServer(`127.0.0.1:${server.port}`), timeoutMs, signal, clock));
};

describe("readGreeting", () => {
  it("reads what the server says of TLS, also in pieces, and hangs up", async () => {
    server = await listenTcp((socket) => {
      socket.write("INFO {");
      setImmediate(() => socket.write('"tls_required":true,"tls_available":1}\r\n'));
    });
    expect(await greet()).toEqual({ tlsRequired: true, tlsAvailable: false, tlsVerify: false });
    await expect.poll(() => server.open).toBe(0);
  });

  it("recognises a web server, which would wait for a request for ever", async () => {
    server = await listenHttp((_, response) => response.end("hello"));
    await expect(greet()).rejects.toMatchObject({
      code: "PROTOCOL",
      message: `127.0.0.1:${server.port} is not a NATS server: it answers as a web server.`,
    });
    await expect.poll(() => server.open).toBe(0);
  });

  it.each([
    ["sends something else", "220 mail ready\r\n"],
    ["greets without JSON", "INFO nonsense\r\n"],
    ["greets with no object", "INFO 5\r\n"],
    ["sends a TLS record", "\x16\x03\x01"],
  ])("refuses a server that %s", async (_, bytes) => {
    server = await listenTcp((socket) => socket.write(bytes, "latin1"));
    await expect(greet()).rejects.toMatchObject({ code: "PROTOCOL" });
  });

  it("refuses a server that hangs up", async () => {
    server = await listenTcp((socket) => socket.end());
    await expect(greet()).rejects.toMatchObject({ code: "PROTOCOL" });
  });

  it("gives up on silence in time and leaves no connection open", async () => {
    server = await listenTcp(() => {});
    await expect(greet()).rejects.toMatchObject({ code: "TIMEOUT" });
    await expect.poll(() => server.open).toBe(0);
  });

  it("gives up when aborted", async () => {
    const abort = new AbortController();
    server = await listenTcp(() => abort.abort(new Error("enough")));
    await expect(greet(60_000, abort.signal)).rejects.toThrow("enough");
    await expect.poll(() => server.open).toBe(0);
  });

  it("says that nothing listens", async () => {
    server = await listenTcp(() => {});
    await server.close();
    await expect(greet()).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining("nothing listens there"),
    });
    server = await listenTcp(() => {});
  });
});
