import type { EventEmitter } from "node:events";
import {
  type ClientOptions,
  Metadata,
  type Server,
  type ServerDuplexStream,
  type ServerInterceptingCall,
  type ServerInterceptor,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import {
  createStreamHealth,
  type RoundTrips,
  type StreamHealth,
  type StreamHealthSettings,
} from "./index.ts";
import { type EchoClient, startEcho } from "./test-service.ts";
import { watchHealth } from "./test-watch.ts";

/** Long enough for everything that comes before it, also on a busy machine. */
const DEADLINE_MS = 1_500;

/** What either end saw, in order. */
type Transcript = string[];

function metadataOf(value: string): Metadata {
  const metadata = new Metadata();
  metadata.set("x-key", value);
  metadata.add("x-key", "twice");
  metadata.set("x-key-bin", Buffer.from([0, 255]));
  return metadata;
}

/** All of it, except for the time of the day. */
function keysOf(metadata: Metadata): string {
  const { date: _date, ...others } = metadata.toJSON() as Record<string, unknown>;
  return JSON.stringify(others);
}

/** Handlers that use everything a handler can, chosen by the request; they note what they see. */
function service(log: (line: string) => void, marks: (call: object) => RoundTrips | undefined) {
  let attempts = 0;
  const begin = (call: { metadata: Metadata; sendMetadata(metadata: Metadata): void }): void => {
    log(`server metadata ${keysOf(call.metadata)}`);
    call.sendMetadata(metadataOf("initial"));
  };
  return {
    Unary(call: ServerUnaryCall<string, unknown>, callback: sendUnaryData<unknown>) {
      begin(call);
      call.once("cancelled", () => log("server cancelled"));
      if (call.request === "throw") throw new Error("thrown by the handler");
      if (call.request === "error")
        callback({ code: status.ABORTED, details: "no", metadata: metadataOf("error") });
      if (call.request === "flaky") {
        attempts += 1;
        if (attempts < 3) callback({ code: status.UNAVAILABLE, details: "again" });
        else callback(null, attempts);
      }
      if (call.request === "big") callback(null, "x".repeat(2000));
      if (call.request === "ok") callback(null, { ok: true }, metadataOf("trailer"));
    },
    Collect(call: ServerReadableStream<number, unknown>, callback: sendUnaryData<unknown>) {
      begin(call);
      const seen: number[] = [];
      call.on("data", (value: number) => {
        seen.push(value);
        if (value < 0) callback({ code: status.INVALID_ARGUMENT, details: "negative" });
      });
      call.once("cancelled", () => log("server cancelled"));
      call.on("end", () => {
        log("server half-close");
        callback(null, seen, metadataOf("trailer"));
      });
    },
    Feed(call: ServerWritableStream<string, unknown>) {
      begin(call);
      call.once("cancelled", () => log("server cancelled"));
      if (call.request === "wait") {
        call.write("one");
        return;
      }
      const written: string[] = [];
      for (let i = 0; i < 30; i += 1)
        written.push(String(call.write(i, () => i === 29 && log("server wrote all"))));
      log(`server write returned ${written}`);
      if (call.request === "error")
        call.emit("error", { code: status.DATA_LOSS, details: "gone", metadata: metadataOf("error") });
      else call.end(metadataOf("trailer"));
    },
    Chat(call: ServerDuplexStream<number, unknown>) {
      begin(call);
      const trips = marks(call);
      let mute = false;
      call.once("finish", () => log("server finish"));
      call.once("cancelled", () => log("server cancelled"));
      call.on("data", (value: number) => {
        trips?.request(value);
        if (value === 13) call.destroy(new Error("unlucky"));
        mute ||= value < 0;
        if (value === 13 || mute) return;
        trips?.reply(value);
        call.write(value * 2);
      });
      call.on("end", () => {
        // Whether a call that is cut off seems half-closed first is a race.
        if (mute) return;
        log("server half-close");
        call.write("last", () => call.end(metadataOf("trailer")));
      });
      call.on("error", (error) => log(`server ${error}`));
    },
  };
}

/** Notes every event of a client call; resolves with its status. */
function follow(call: EventEmitter, log: (line: string) => void): Promise<void> {
  call.on("metadata", (metadata: Metadata) => log(`client metadata ${keysOf(metadata)}`));
  call.on("data", (message: unknown) => log(`client data ${JSON.stringify(message)}`));
  call.on("end", () => log("client end"));
  call.on("error", (error: Error & StatusObject) => log(`client error ${error.code} ${error.details}`));
  return new Promise((resolve) => {
    call.on("status", ({ code, details, metadata }: StatusObject) => {
      log(`client status ${code} ${details} ${keysOf(metadata)}`);
      setImmediate(resolve);
    });
  });
}

type Script = (
  client: EchoClient,
  log: (line: string) => void,
  marks: (call: object) => RoundTrips | undefined,
) => Promise<void>;

const unaryScript =
  (request: string, options: () => object = () => ({}), cancel = false): Script =>
  async (client, log) => {
    const call = client.Unary(request, metadataOf("request"), options(), (error, response) =>
      log(`client callback ${error?.code} ${error?.details} ${JSON.stringify(response)}`),
    );
    if (cancel) call.on("metadata", () => call.cancel());
    await follow(call, log);
  };

const scripts: Record<string, Script> = {
  "unary ok": unaryScript("ok"),
  "unary error with trailers": unaryScript("error"),
  "unary handler throws": unaryScript("throw"),
  "unary retried": unaryScript("flaky"),
  "unary response too large": unaryScript("big"),
  "unary cancelled": unaryScript("hang", undefined, true),
  "unary deadline": unaryScript("hang", () => ({ deadline: Date.now() + DEADLINE_MS })),
  "client stream": async (client, log) => {
    const call = client.Collect((error, response) =>
      log(`client callback ${error?.code} ${JSON.stringify(response)}`),
    );
    for (let i = 0; i < 20; i += 1) call.write(i);
    call.end();
    await follow(call, log);
  },
  "client stream refused half way": async (client, log) => {
    const call = client.Collect((error) => log(`client callback ${error?.code} ${error?.details}`));
    call.write(1);
    call.write(-1);
    await follow(call, log);
  },
  "client stream cancelled": async (client, log) => {
    const call = client.Collect((error) => log(`client callback ${error?.code} ${error?.details}`));
    call.write(1, () => log("client wrote"));
    call.on("metadata", () => call.cancel());
    await follow(call, log);
  },
  "client stream deadline": async (client, log) => {
    const call = client.Collect({ deadline: Date.now() + DEADLINE_MS }, (error) =>
      log(`client callback ${error?.code}`),
    );
    for (let i = 0; i < 5; i += 1) log(`client write returned ${call.write("x".repeat(10_000))}`);
    await follow(call, log);
  },
  "server stream": (client, log) => follow(client.Feed("ok"), log),
  "server stream ends in an error": (client, log) => follow(client.Feed("error"), log),
  "server stream cancelled": async (client, log) => {
    const call = client.Feed("wait");
    call.on("data", () => call.cancel());
    await follow(call, log);
  },
  "server stream deadline": (client, log) =>
    follow(client.Feed("wait", { deadline: Date.now() + DEADLINE_MS }), log),
  "bidirectional, in turns, half-closed by the client": async (client, log, marks) => {
    const call = client.Chat(metadataOf("request"));
    const trips = marks(call);
    let value = 0;
    call.on("data", () => {
      trips?.reply();
      value += 1;
      trips?.request();
      if (value < 5) call.write(value);
      else if (value === 5) call.end();
    });
    call.write(value);
    await follow(call, log);
  },
  "bidirectional, cancelled": async (client, log) => {
    const call = client.Chat();
    const done = follow(call, log);
    call.on("data", () => call.cancel());
    call.write(1, () => log("client wrote"));
    await done;
  },
  "bidirectional, deadline": async (client, log) => {
    const call = client.Chat({ deadline: Date.now() + DEADLINE_MS });
    const done = follow(call, log);
    call.write(-1);
    await done;
  },
  "bidirectional, server destroys": async (client, log) => {
    const call = client.Chat({ deadline: Date.now() + DEADLINE_MS });
    const done = follow(call, log);
    call.write(13);
    await done;
  },
};

/** What a process does that has everything on and is being watched. */
interface Instrumented {
  prepare(server: Server): void;
  options: ClientOptions;
  health?: StreamHealth;
}

const plain: Instrumented = { prepare: () => {}, options: {} };

function everythingOn(settings: StreamHealthSettings = {}): Instrumented {
  const health = createStreamHealth(settings);
  health.registerMetrics(new Registry());
  return {
    health,
    options: health.clientOptions(),
    prepare(server) {
      health.instrument(server);
      health.addTo(server);
    },
  };
}

/** What the instrumentation asks for fails: the application's own functions, and this part of an HTTP/2 session. */
function broken(part: string): Instrumented {
  const fail = (): never => {
    throw new Error("injected");
  };
  const instrumented = everythingOn({ now: fail, onFault: fail, clientName: fail });
  return {
    ...instrumented,
    prepare(server) {
      instrumented.prepare(server);
      const parts = server as unknown as { interceptors: ServerInterceptor[] };
      const sabotage: ServerInterceptor = (_method, next) => {
        const { session } = (next as unknown as { stream: { session: object } }).stream;
        Object.defineProperty(session, part, { get: fail, configurable: true });
        return next as ServerInterceptingCall;
      };
      parts.interceptors = [sabotage, ...parts.interceptors];
    },
  };
}

/** One attempt more for calls that fail with UNAVAILABLE. */
const retrying = JSON.stringify({
  loadBalancingConfig: [],
  methodConfig: [
    {
      name: [{ service: "test.Echo" }],
      retryPolicy: {
        maxAttempts: 3,
        initialBackoff: "0.01s",
        maxBackoff: "0.01s",
        backoffMultiplier: 1,
        retryableStatusCodes: ["UNAVAILABLE"],
      },
    },
  ],
});

async function transcript(script: Script, server: Instrumented, client: Instrumented): Promise<Transcript> {
  const lines: Transcript = [];
  // Either end may be the one to notice a deadline; the client adds how long it took and through which port.
  const log = (line: string): void => void lines.push(line.replace(/exceeded.*/, "exceeded"));
  const marks = (call: object): RoundTrips | undefined => server.health?.roundTrips(call);
  const harness = await startEcho(service(log, marks), server.prepare, {
    "grpc.max_send_message_length": 1000,
  });
  const monitor = await startEcho({}, (it) => {
    (server.health ?? client.health)?.addTo(it);
  });
  const watching = watchHealth(monitor.address, { intervalMs: 100 });
  try {
    const options = { ...client.options, "grpc.service_config": retrying };
    await script(harness.client(options), log, (call) => client.health?.roundTrips(call));
    // What the server still has to say comes before its connections are gone.
    await new Promise<void>((resolve) => harness.server.tryShutdown(() => resolve()));
  } finally {
    watching.close();
    monitor.close();
    harness.close();
  }
  // The two ends are not ordered among each other.
  return [
    ...lines.filter((line) => line.startsWith("client")),
    ...lines.filter((line) => line.startsWith("server")),
  ];
}

test.each(Object.entries(scripts))("instrumented as plain: %s", async (_name, script) => {
  const [server, client, both] = [everythingOn(), everythingOn(), everythingOn()];
  const failing = ["state", "ping"].map(broken);
  const pairs: [Instrumented, Instrumented][] = [
    [plain, plain],
    [server, plain],
    [plain, client],
    [both, both],
    ...failing.map((it): [Instrumented, Instrumented] => [it, it]),
  ];
  const [expected, ...seen] = await Promise.all(pairs.map((pair) => transcript(script, ...pair)));
  expect(expected!.length).toBeGreaterThan(2);
  for (const lines of seen) expect(lines).toEqual(expected);
  for (const { health } of [server, client, both]) {
    const { liveCalls, faults, methods } = health!.snapshot();
    expect({ liveCalls, faults }).toEqual({ liveCalls: 0, faults: 0 });
    for (const { started, completed } of methods) expect(completed).toBe(started);
    expect(methods).toHaveLength(health === both.health ? 2 : 1);
  }
  for (const { health } of failing) expect(health!.snapshot().faults).toBeGreaterThan(0);
});
