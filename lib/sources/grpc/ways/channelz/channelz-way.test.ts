import {
  getChannelzHandlers,
  getChannelzServiceDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  status as Status,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { clockTelling } from "../../../../async/clock-telling.fixture.ts";
import type { SourceSection } from "../../../../model/source.ts";
import { connect, never } from "../../test-connection.ts";
import { startTarget, TargetClient } from "../../test-target.ts";
import type { ChannelzFindings } from "../ways.ts";
import { channelzService, type RawSocket, type RawTime } from "./channelz-definition.ts";
import { createChannelzWay } from "./channelz-way.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

async function open(address: string) {
  const { client, connection } = await connect(address);
  cleanups.push(() => client.close());
  const clock = { at: 1_700_000_000_000 };
  const way = createChannelzWay({ connection, target: "quotes:1", clock: clockTelling(() => clock.at) });
  /** A second later. */
  const read = async () => {
    clock.at += 1_000;
    const before = client.requests;
    const findings = await way.read(never);
    return { findings: findings!, requests: client.requests - before };
  };
  return { way, clock, client, connection, read };
}

function rows({ sections }: ChannelzFindings, key: string): Record<string, unknown>[] {
  const { columns, rows } =
    sections.find((section) => section.key === key) ?? ({ columns: [], rows: [] } as never as SourceSection);
  return rows.map(({ cells, trouble }) => ({
    ...Object.fromEntries(columns.map(({ label }, i) => [label, cells[i]])),
    ...(trouble !== undefined && { trouble }),
  }));
}

const listen = (server: Server) =>
  new Promise<string>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    ),
  );

describe("channelz of grpc-js", () => {
  async function startQuotes() {
    const target = await startTarget({ instrumented: false });
    cleanups.push(target.kill);
    // Its definition has the properties of a generated one.
    target.server.addService(getChannelzServiceDefinition(), getChannelzHandlers() as never);
    const quotes = new TargetClient(target.address);
    cleanups.push(() => quotes.close());
    return { target, quotes, ...(await open(target.address)) };
  }
  const serverOf = (findings: ChannelzFindings, address: string) =>
    rows(findings, "channelz-servers").find((row) => row["Listens on"] === address);

  it("tells the connections that others have, and what they did", async () => {
    const { target, quotes, read, connection } = await startQuotes();
    const watch = quotes.watch();
    cleanups.push(() => watch.cancel());
    watch.on("data", () => {});
    for (let i = 0; i < 5; i++) await quotes.get({});
    await expect.poll(() => target.watches.length).toBe(1);
    target.watches[0]!.write("quote");
    await expect
      .poll(async () => (await read()).findings)
      .toMatchObject({
        totalSockets: 1,
        sockets: [
          {
            streamsStarted: 6,
            streamsSucceeded: 5,
            streamsFailed: 0,
            messagesReceived: 6,
            messagesSent: 6,
            local: target.address,
            security: "",
          },
        ],
      });
    const [socket] = (await read()).findings.sockets;
    expect(socket!.remote).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(socket!.remote).not.toBe(connection.localAddress);
    expect(socket!.remoteWindow).toBeGreaterThan(0);
  });

  it("leaves out what Streamside does itself", async () => {
    const { target, quotes, read } = await startQuotes();
    await read();
    const server = async () => serverOf((await read()).findings, target.address);
    for (let i = 0; i < 5; i++) {
      expect(await server()).toMatchObject({ Connections: 0, Calls: 0, OK: 0, Failed: 0 });
    }
    for (let i = 0; i < 7; i++) await quotes.get({});
    const watch = quotes.watch();
    await expect.poll(() => target.watches.length).toBe(1);
    watch.cancel();
    await expect.poll(server).toMatchObject({ Connections: 1, Calls: 8, OK: 7, Failed: 1 });
    quotes.close();
    await expect.poll(server).toMatchObject({ Connections: 0, Calls: 8, OK: 7, Failed: 1 });
  });

  it("counts a service that the server does not know as nobody's failure, and others' calls all the while", async () => {
    const { target, quotes, read, connection } = await startQuotes();
    await read();
    const server = async () => serverOf((await read()).findings, target.address);
    for (let i = 1; i <= 5; i++) {
      expect(await connection.check("nope.Nope", never)).toMatchObject({ state: "SERVICE_UNKNOWN" });
      await connection.check("", never);
      await quotes.get({});
      await expect.poll(server).toMatchObject({ Calls: i, OK: i, Failed: 0 });
    }
  });

  it("shows a window that is shut, which grpc-js leaves out", async () => {
    const { target, quotes, read } = await startQuotes();
    const watch = quotes.watch();
    cleanups.push(() => watch.cancel());
    watch.pause();
    await expect.poll(() => target.watches.length).toBe(1);
    for (let i = 0; i < 200; i++) target.watches[0]!.write("x".repeat(100_000));
    await expect.poll(async () => (await read()).findings.sockets[0]?.remoteWindow).toBe(0);
  });

  it("tells the channels that the process has itself, and which of them cannot connect", async () => {
    const { target, quotes, read } = await startQuotes();
    await quotes.get({});
    const lost = new TargetClient("127.0.0.1:1");
    cleanups.push(() => lost.close());
    lost.client.getChannel().getConnectivityState(true);
    const channel = async (name: string) => {
      const { findings } = await read();
      return rows(findings, "channelz-channels").find((row) => row.Channel === name);
    };
    await expect
      .poll(() => channel(target.address))
      .toMatchObject({ State: "READY", Subchannels: 1, Calls: 1, OK: 1, Failed: 0 });
    await expect
      .poll(() => channel("127.0.0.1:1"))
      .toMatchObject({ State: "TRANSIENT_FAILURE", trouble: "cannot connect", "Last call": null });
    const { findings } = await read();
    const subchannel = rows(findings, "channelz-subchannels").find((row) => row.Address === target.address);
    expect(subchannel).toMatchObject({
      Channel: target.address,
      State: "READY",
      Connection: target.address,
      Sent: 1,
      Received: 1,
      Keepalives: 0,
    });
  });

  it("is null where there is none, and not asked for again", async () => {
    const target = await startTarget({ instrumented: false });
    cleanups.push(target.kill);
    const { read } = await open(target.address);
    expect(await read()).toEqual({ findings: null, requests: 1 });
    expect(await read()).toEqual({ findings: null, requests: 0 });
  });
});

describe("a channelz that lies", () => {
  type Handlers = {
    [M in keyof typeof channelzService]?: (
      request: Parameters<(typeof channelzService)[M]["requestSerialize"]>[0],
      peer: string,
    ) => ReturnType<(typeof channelzService)[M]["responseDeserialize"]> | Status;
  };

  async function startLiar(handlers: Handlers) {
    const server = new Server();
    const asked: string[] = [];
    const implementation: UntypedServiceImplementation = {};
    for (const [name, answer] of Object.entries(handlers)) {
      implementation[name] = (call: ServerUnaryCall<object, unknown>, send: sendUnaryData<unknown>) => {
        asked.push(name);
        const told = answer(numbers(call.request) as never, call.getPeer());
        if (typeof told === "number") send({ code: told });
        else send(null, told);
      };
    }
    const definition = Object.fromEntries(
      Object.entries(channelzService).filter(([name]) => name in handlers),
    );
    server.addService(definition, implementation);
    const address = await listen(server);
    cleanups.push(() => server.forceShutdown());
    return { asked, ...(await open(address)) };
  }
  const numbers = (request: object) =>
    Object.fromEntries(Object.entries(request).map(([key, value]) => [key, Number(value)]));
  const id = String;

  const oneServer = () => ({ server: [{ ref: { serverId: "1" }, data: {} }], end: true });
  const tcp = (address: string) => {
    const [host = "", port] = address.split(":");
    return { tcpipAddress: { ipAddress: Buffer.from(host.split(".").map(Number)), port: Number(port) } };
  };

  it("with 10,000 connections is not asked for all of them at once", async () => {
    const SOCKETS = 10_000;
    const { read } = await startLiar({
      GetServers: oneServer,
      GetServerSockets: ({ startSocketId }) => {
        const from = Math.max(1, startSocketId);
        const count = Math.max(0, Math.min(500, SOCKETS + 1 - from));
        const socketRef = Array.from({ length: count }, (_, i) => ({ socketId: id(from + i) }));
        return { socketRef, end: from + count > SOCKETS };
      },
      GetTopChannels: () => ({ end: true }),
      GetSocket: ({ socketId }, peer) => ({
        socket: { data: {}, remote: tcp(socketId === SOCKETS ? peer : "10.0.0.1:9") },
      }),
    });
    const samples = [await read(), await read(), await read()];
    for (const { requests } of samples) expect(requests).toBeLessThan(120);
    // The list took its share of the first two samples; Streamside's own stands at its end.
    expect(samples.map(({ findings }) => findings.totalSockets)).toEqual([5_000, SOCKETS - 1, SOCKETS - 1]);
  });

  it("with absurd numbers, ids and pages is read all the same", async () => {
    const absurd = "9223372036854775807";
    let started = 1_000;
    const { read, asked } = await startLiar({
      GetServers: () => ({
        server: [
          { ref: { serverId: "1" } },
          {
            ref: { serverId: "1" },
            data: { callsStarted: id(started), callsSucceeded: "-5", callsFailed: absurd },
          },
          { ref: { serverId: "-1" }, data: {} },
          { ref: { serverId: "2" } },
          {},
        ],
      }),
      // Leads nowhere, and never ends.
      GetServerSockets: () => ({
        socketRef: [{ socketId: "3" }, { socketId: "3" }, { socketId: absurd }, { socketId: "-3" }, {}],
        end: false,
      }),
      GetTopChannels: () => ({
        channel: [
          {
            ref: { channelId: "5" },
            subchannelRef: [{ subchannelId: "6" }, { subchannelId: "7" }],
            data: {},
          },
          { ref: { channelId: "5" }, channelRef: [{ channelId: "5" }], data: { state: { state: 99 } } },
          {},
        ],
      }),
      GetChannel: () => ({}),
      GetSubchannel: ({ subchannelId }) =>
        subchannelId === 7 ? Status.NOT_FOUND : { subchannel: { socketRef: [{ socketId: "-1" }] } },
      GetSocket: () => ({
        socket: {
          data: {
            streamsStarted: "-1",
            messagesSent: absurd,
            lastMessageSentTimestamp: { seconds: absurd, nanos: -1 },
            remoteFlowControlWindow: { value: absurd },
            localFlowControlWindow: { value: "10" },
          },
          remote: { tcpipAddress: { ipAddress: Buffer.from([1, 2]), port: -1 } },
        },
      }),
    });
    const { findings } = await read();
    expect(findings.sockets).toMatchObject([
      {
        id: "3",
        remote: "",
        local: "",
        streamsStarted: Number.NaN,
        streamsFailed: 0,
        messagesSent: Number.NaN,
        lastMessageSentAt: Number.NaN,
        remoteWindow: Number.NaN,
        localWindow: 10,
      },
    ]);
    expect(asked.filter((name) => name === "GetServerSockets")).toHaveLength(4);
    expect(rows(findings, "channelz-channels")).toMatchObject([{ State: "UNKNOWN", Calls: 0 }]);
    expect(rows(findings, "channelz-subchannels")).toMatchObject([{ State: "UNKNOWN", Window: null }]);
    const calls = async () => rows((await read()).findings, "channelz-servers").map(({ Calls }) => Calls);
    started = 1_010;
    expect(await calls()).toEqual([10, null]);
    started = 3;
    expect(await calls()).toEqual([10, null]);
  });

  it("loses what it cannot tell of one connection or channel, and no more", async () => {
    const reads = new Map<number, number>();
    const { read } = await startLiar({
      GetServers: () => ({
        server: [{ ref: { serverId: "1" }, data: {}, listenSocket: [{ socketId: "9", name: "[::]:1" }] }],
      }),
      GetServerSockets: () => ({ socketRef: [{ socketId: "1" }, { socketId: "2" }], end: true }),
      GetTopChannels: () => ({
        channel: [
          {
            ref: { channelId: "5" },
            data: {},
            subchannelRef: [{ subchannelId: "6" }, { subchannelId: "7" }],
          },
        ],
      }),
      GetSubchannel: ({ subchannelId }) =>
        subchannelId === 6 ? Status.INTERNAL : { subchannel: { socketRef: [{ socketId: "8" }] } },
      GetSocket: ({ socketId }) => {
        reads.set(socketId, (reads.get(socketId) ?? 0) + 1);
        return socketId === 1 ? { socket: { data: {} } } : Status.UNKNOWN;
      },
    });
    for (let i = 0; i < 3; i++) {
      const { findings } = await read();
      expect(findings).toMatchObject({ totalSockets: 2, sockets: [{ id: "1" }] });
      expect(rows(findings, "channelz-subchannels")).toMatchObject([{ State: "UNKNOWN", Connection: null }]);
      expect(rows(findings, "channelz-servers")).toMatchObject([{ "Listens on": "[::]:1", Connections: 2 }]);
    }
    // Not asked for again at once: every failure is a line in the server's log.
    expect(reads.get(1)).toBe(3);
    expect(reads.get(2)).toBe(1);
    expect(reads.get(9)).toBe(1);
  });

  it("with a clock of its own tells times on this one", async () => {
    const HOUR = 3_600_000;
    const told = (ms: number): RawTime => ({
      seconds: id(Math.floor(ms / 1_000)),
      nanos: (ms % 1_000) * 1e6,
    });
    const clockOf: { at: number } = { at: 0 };
    const { read, clock } = await startLiar({
      GetServers: oneServer,
      GetServerSockets: () => ({ socketRef: [{ socketId: "1" }, { socketId: "2" }], end: true }),
      GetTopChannels: () => ({ end: true }),
      GetSocket: ({ socketId }, peer) => {
        const theirs = clockOf.at + HOUR;
        const socket: RawSocket =
          socketId === 2
            ? { remote: tcp(peer), data: { lastMessageReceivedTimestamp: told(theirs) } }
            : { remote: tcp("10.0.0.1:7"), data: { lastMessageSentTimestamp: told(theirs - 5_000) } };
        return { socket };
      },
    });
    clockOf.at = clock.at;
    await read();
    clockOf.at = clock.at + 1_000;
    const { findings } = await read();
    expect(findings.sockets).toMatchObject([{ remote: "10.0.0.1:7", lastMessageSentAt: clock.at - 5_000 }]);
    expect(findings.totalSockets).toBe(1);
  });

  it("and has only servers tells those", async () => {
    const { read } = await startLiar({ GetServers: oneServer });
    const { findings } = await read();
    expect(findings).toMatchObject({ sockets: [], totalSockets: 0, sections: [{ key: "channelz-servers" }] });
  });

  it("is asked again only after 30 seconds where it refuses", async () => {
    const { read, asked, clock } = await startLiar({ GetServers: () => Status.PERMISSION_DENIED });
    for (let i = 0; i < 3; i++) await expect(read()).rejects.toMatchObject({ code: "DENIED" });
    expect(asked).toHaveLength(1);
    clock.at += 30_000;
    await expect(read()).rejects.toMatchObject({
      code: "DENIED",
      message: expect.stringContaining("grpc.channelz.v1.Channelz: PERMISSION_DENIED"),
    });
    expect(asked).toHaveLength(2);
  });
});
