import type { EventEmitter } from "node:events";
import {
  type ClientOptions,
  Metadata,
  type Server,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { createStreamHealth, instrumentServer } from "./index.ts";
import { type EchoClient, startEcho } from "./test-service.ts";

/** What either end saw, in order. */
type Transcript = string[];

function metadataOf(value: string): Metadata {
  const metadata = new Metadata();
  metadata.set("x-key", value);
  return metadata;
}

/** Handlers that use everything a handler can, chosen by the request; they note what they see. */
function service(log: (line: string) => void) {
  const begin = (call: { metadata: Metadata; sendMetadata(metadata: Metadata): void }): void => {
    log(`server metadata ${call.metadata.get("x-key")}`);
    call.sendMetadata(metadataOf("initial"));
  };
  return {
    Unary(call: ServerUnaryCall<string, unknown>, callback: sendUnaryData<unknown>) {
      begin(call);
      call.once("cancelled", () => log("server cancelled"));
      if (call.request === "throw") throw new Error("thrown by the handler");
      if (call.request === "error")
        callback({ code: status.ABORTED, details: "no", metadata: metadataOf("error") });
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
      call.once("finish", () => log("server finish"));
      call.on("data", (value: number) => {
        if (value === 13) call.destroy(new Error("unlucky"));
        else call.write(value * 2);
      });
      call.on("end", () => {
        log("server half-close");
        call.write("last", () => call.end(metadataOf("trailer")));
      });
      call.on("error", (error) => log(`server ${error}`));
    },
  };
}

/** Notes every event of a client call; resolves with its status. */
function follow(call: EventEmitter, log: (line: string) => void): Promise<void> {
  call.on("metadata", (metadata: Metadata) => log(`client metadata ${metadata.get("x-key")}`));
  call.on("data", (message: unknown) => log(`client data ${JSON.stringify(message)}`));
  call.on("end", () => log("client end"));
  call.on("error", (error: Error & StatusObject) => log(`client error ${error.code} ${error.details}`));
  return new Promise((resolve) => {
    call.on("status", ({ code, details, metadata }: StatusObject) => {
      log(`client status ${code} ${details} ${metadata.get("x-key")}`);
      setImmediate(resolve);
    });
  });
}

type Script = (client: EchoClient, log: (line: string) => void) => Promise<void>;

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
  "unary response too large": unaryScript("big"),
  "unary cancelled": unaryScript("hang", undefined, true),
  "unary deadline": unaryScript("hang", () => ({ deadline: Date.now() + 100 })),
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
  "server stream": (client, log) => follow(client.Feed("ok"), log),
  "server stream ends in an error": (client, log) => follow(client.Feed("error"), log),
  "server stream cancelled": async (client, log) => {
    const call = client.Feed("wait");
    call.on("data", () => call.cancel());
    await follow(call, log);
  },
  "server stream deadline": (client, log) => follow(client.Feed("wait", { deadline: Date.now() + 100 }), log),
  "bidirectional, in turns, half-closed by the client": async (client, log) => {
    const call = client.Chat();
    let value = 0;
    call.on("data", () => {
      value += 1;
      if (value < 5) call.write(value);
      else if (value === 5) call.end();
    });
    call.write(value);
    await follow(call, log);
  },
  "bidirectional, server destroys": async (client, log) => {
    const call = client.Chat({ deadline: Date.now() + 300 });
    const done = follow(call, log);
    call.write(13);
    await done;
  },
};

async function transcript(
  script: Script,
  prepare: (server: Server) => void,
  options?: ClientOptions,
): Promise<Transcript> {
  const lines: Transcript = [];
  // Either end may be the one to notice a deadline; the client adds how long it took and through which port.
  const log = (line: string): void => void lines.push(line.replace(/exceeded.*/, "exceeded"));
  const harness = await startEcho(service(log), prepare, { "grpc.max_send_message_length": 1000 });
  try {
    await script(harness.client(options), log);
    // What the server still has to say comes before its connections are gone.
    await new Promise<void>((resolve) => harness.server.tryShutdown(() => resolve()));
  } finally {
    harness.close();
  }
  // The two ends are not ordered among each other.
  return [
    ...lines.filter((line) => line.startsWith("client")),
    ...lines.filter((line) => line.startsWith("server")),
  ];
}

test.each(Object.entries(scripts))("instrumented as plain: %s", async (_name, script) => {
  const plain = await transcript(script, () => {});
  expect(plain.length).toBeGreaterThan(2);
  const server = await transcript(script, (it) => void instrumentServer(it));
  expect(server).toEqual(plain);
  const health = createStreamHealth();
  expect(await transcript(script, () => {}, health.clientOptions())).toEqual(plain);
  expect(health.snapshot()).toMatchObject({
    liveCalls: 0,
    faults: 0,
    methods: [{ started: 1, completed: 1 }],
  });
});
