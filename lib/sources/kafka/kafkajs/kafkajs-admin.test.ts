import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CollectorError } from "../../../sample/collector-error.ts";
import { KafkajsAdmin } from "./kafkajs-admin.ts";

const cleanups: (() => unknown)[] = [];
const said: unknown[][] = [];
let clock = 0;

beforeEach(() => {
  said.length = 0;
  for (const method of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, method).mockImplementation((...args) => void said.push(args));
  }
});
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((clean) => clean()));
  vi.restoreAllMocks();
  expect(said).toEqual([]);
});

async function serve(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function adminFor(address: string): KafkajsAdmin {
  const options = {
    id: "test",
    brokers: [address],
    clientId: "test",
    connectTimeoutMs: 300,
    requestTimeoutMs: 300,
  };
  const admin = new KafkajsAdmin(options, { now: () => clock }, () => {});
  cleanups.push(() => admin.drop(new CollectorError("UNREACHABLE", "over", "")));
  return admin;
}

describe("kafkajs' admin client", () => {
  it("connects once a second to a broker that hangs up, however often it is told to", async () => {
    let attempts = 0;
    const address = await serve((socket) => {
      attempts++;
      socket.destroy();
    });
    const admin = adminFor(address);
    for (let i = 0; i < 5; i++) {
      await expect(admin.connect([address])).rejects.toMatchObject({
        name: "CollectorError",
        code: expect.stringMatching(/UNREACHABLE|TIMEOUT/),
      });
      expect(admin.connected).toBe(false);
      clock += 250;
    }
    expect(attempts).toBe(2);
  });

  it("says meanwhile what went wrong the last time", async () => {
    const admin = adminFor("127.0.0.1:1");
    for (let i = 0; i < 15; i++) {
      await expect(admin.connect(["127.0.0.1:1"])).rejects.toMatchObject({
        message: "127.0.0.1:1: nothing listens there (ECONNREFUSED).",
      });
    }
  });

  it.each([
    ["a web server", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["a negative size", Buffer.from("ffffffff00000000", "hex")],
    ["a size of 2 GiB", Buffer.from("7fffffff00000000", "hex")],
  ])("PROTOCOL: %s answers", async (_what, bytes) => {
    const address = await serve((socket) => socket.write(bytes));
    await expect(adminFor(address).connect([address])).rejects.toMatchObject({
      code: "PROTOCOL",
      message: expect.stringContaining(address),
    });
  });

  it("TIMEOUT: it accepts and never replies; and lets go at once when it is dropped", async () => {
    const address = await serve(() => {});
    const admin = adminFor(address);
    await expect(admin.connect([address])).rejects.toMatchObject({ code: "TIMEOUT" });
    clock += 1000;
    const reason = new CollectorError("TIMEOUT", "nobody waits", "");
    const connecting = admin.connect([address]);
    admin.abandon(reason);
    await expect(connecting).rejects.toBe(reason);
  });

  it("says that it is not connected rather than to connect by itself", async () => {
    await expect(adminFor("127.0.0.1:1").listGroups()).rejects.toMatchObject({ code: "UNREACHABLE" });
  });
});
