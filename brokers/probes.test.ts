import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { pickPort } from "./free-port.ts";
import { askKafkaCluster, askKafkaVersions } from "./kafka/kafka-probe.ts";
import { askNatsInfo, parseNatsAddress } from "./nats/nats-probe.ts";
import { parseEndpoint } from "./tcp-exchange.ts";

const host = "127.0.0.1";
const servers: { server: Server; sockets: Socket[] }[] = [];
afterEach(async () => {
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  }
});

function listen(serve: (socket: Socket) => void): Promise<{ host: string; port: number }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => undefined));
    serve(socket);
  });
  servers.push({ server, sockets });
  return new Promise((resolve) => {
    server.listen({ port: 0, host }, () => resolve({ host, port: (server.address() as AddressInfo).port }));
  });
}

describe.each([
  ["Kafka", askKafkaVersions],
  ["NATS", askNatsInfo],
] as const)("asking for %s", (name, ask) => {
  const rejected = { name: "BrokerError", code: "not-answering" };

  it("says that nothing listens", async () => {
    const at = { host, port: await pickPort() };
    await expect(ask(at, 2_000)).rejects.toMatchObject({
      ...rejected,
      message: `nothing listens at ${host}:${at.port}`,
    });
  });

  it("recognises a web server", async () => {
    const at = await listen((socket) => socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"));
    await expect(ask(at, 2_000)).rejects.toMatchObject({
      ...rejected,
      message: expect.stringContaining(`is a web server, not ${name}`),
    });
  });

  it("gives up on one that accepts and never replies", async () => {
    const at = await listen(() => undefined);
    await expect(ask(at, 100)).rejects.toMatchObject({
      ...rejected,
      message: expect.stringContaining("accepts connections but did not answer"),
    });
  });

  it("says so when the connection is closed", async () => {
    const at = await listen((socket) => socket.destroy());
    await expect(ask(at, 2_000)).rejects.toMatchObject({
      ...rejected,
      message: expect.stringMatching(/clos|reset/),
    });
  });

  it("refuses bytes that are no answer", async () => {
    const at = await listen((socket) => socket.write("\x00\x00\x00\x08garbage!\r\n"));
    await expect(ask(at, 2_000)).rejects.toMatchObject({
      ...rejected,
      message: expect.stringContaining(`does not answer as ${name}`),
    });
  });
});

describe("Kafka metadata", () => {
  it("is read however it is cut into packets", async () => {
    const body = Buffer.concat([
      Buffer.from("STRS"), // the correlation id the probe sends
      Buffer.alloc(4),
      Buffer.from([0, 0, 0, 1]),
      Buffer.from([0, 0, 0, 7, 0, 1, 0x68, 0, 0, 0x23, 0x84, 0xff, 0xff]),
      Buffer.from([0, 3]),
      Buffer.from("abc"),
      Buffer.alloc(8),
    ]);
    const size = Buffer.alloc(4);
    size.writeInt32BE(body.length);
    const whole = Buffer.concat([size, body]);
    const at = await listen((socket) => {
      socket.setNoDelay(true);
      socket.once("data", async () => {
        for (const byte of whole) await new Promise((sent) => socket.write(Buffer.from([byte]), sent));
      });
    });
    expect(await askKafkaCluster(at, 2_000)).toEqual({ clusterId: "abc", brokers: 1 });
  });
});

describe("addresses", () => {
  it.each([
    ["broker", { host: "broker", port: 9092 }],
    ["broker:19092", { host: "broker", port: 19092 }],
    ["[::1]:9093", { host: "::1", port: 9093 }],
  ])("reads %s", (text, endpoint) => {
    expect(parseEndpoint(text, 9092)).toEqual(endpoint);
  });

  it.each(["", "http://broker", "broker:0", "broker:99999", "broker:port"])("refuses %j", (text) => {
    expect(() => parseEndpoint(text, 9092)).toThrow(expect.objectContaining({ code: "bad-address" }));
  });

  it.each([
    ["nats://a", { host: "a", port: 4222 }],
    ["a:1", { host: "a", port: 1 }],
    ["tls://user:p@ss@a:2/", { host: "a", port: 2 }],
  ])("reads the NATS address %s", (text, endpoint) => {
    expect(parseNatsAddress(text)).toEqual(endpoint);
  });

  it("does not repeat a password it cannot read around", () => {
    expect(() => parseNatsAddress("nats://user:secret@a:port")).toThrow(/^(?!.*secret)/);
  });
});
