import { monitorEventLoopDelay } from "node:perf_hooks";
import { credentials, makeGenericClientConstructor } from "@grpc/grpc-js";
import { streamHealthDefinition } from "@streamside/grpc-health";
import { answerEach } from "./child.ts";
import { createBusyClient, startEchoServer, startRawEcho } from "./echo-service.ts";
import type { Memory, Watched } from "./live-calls.ts";
import { workDone } from "./paired.ts";

/** The processes of the bench besides the one that makes the load. Each lives until its parent is gone or ends it. */
export async function runPart(part: string, address: string, instrumented: boolean, watches: string) {
  process.on("SIGTERM", () => process.exit());
  process.on("disconnect", () => process.exit());
  switch (part) {
    case "server":
      return serve(instrumented);
    case "echo": {
      const echo = await startRawEcho();
      return answerEach(() => echo);
    }
    case "client":
      return beClient(address, instrumented);
    case "watcher":
      return watch(address, watches);
    default:
      throw new Error(`There is no part ${part}.`);
  }
}

async function serve(instrumented: boolean): Promise<void> {
  const server = await startEchoServer(instrumented);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  answerEach((question) => {
    switch (question) {
      case "work":
        return workDone(server.echoed());
      case "memory":
        return collectedMemory();
      case "blocked": {
        // The longest that nothing else was done since it was asked before.
        const longest = delay.max / 1e6;
        delay.enable();
        delay.reset();
        return longest;
      }
      default:
        return server.address;
    }
  });
}

/** Asks for a process that was started with `--expose-gc`. */
async function collectedMemory(): Promise<Memory> {
  for (let n = 0; n < 4; n++) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { heapBytes: heapUsed + arrayBuffers, rssBytes: rss };
}

function beClient(address: string, instrumented: boolean): void {
  const client = createBusyClient(address, 64, instrumented);
  answerEach((question) => {
    if (question === "work") return workDone(client.echoed());
    if (question === "stop") client.stop();
    else client.start(question);
    return question;
  });
}

/** @param watches `MS:CALLS` of each Watch, with commas between: every so often, at most so many calls */
function watch(address: string, watches: string): void {
  const watched = { bytes: 0, responses: 0 };
  const { path, requestSerialize } = streamHealthDefinition.Watch;
  const Client = makeGenericClientConstructor({}, "bench");
  const client = new Client(address, credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
  });
  for (const [intervalMs, maxCalls] of watches.split(",").map((each) => each.split(":").map(Number))) {
    // What comes is counted and not read: it is the server's cost that is measured.
    const call = client.makeServerStreamRequest(path, requestSerialize, (bytes: Buffer) => bytes.byteLength, {
      intervalMs: intervalMs!,
      maxCalls: maxCalls!,
    });
    call.on("data", (bytes: number) => {
      watched.bytes += bytes;
      watched.responses += 1;
    });
    call.on("error", () => {});
  }
  answerEach((): Watched => watched);
}
