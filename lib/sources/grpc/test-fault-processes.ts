import { type ChildProcess, fork } from "node:child_process";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { ServerOptions } from "@grpc/grpc-js";
import { build } from "esbuild";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export type FaultRole =
  | { readonly role: "server"; readonly options: ServerOptions }
  | { readonly role: "client"; readonly addresses: readonly string[] };

/** One message at once, and then one of `size` bytes every so often; 0: no more. */
export interface FeedRequest {
  readonly everyMs: number;
  readonly size: number;
}

export type FaultCommand =
  | { readonly do: "drain" }
  | { readonly do: "pause"; readonly call: number }
  | {
      readonly do: "open";
      readonly request: FeedRequest;
      readonly count: number;
      /** False: nobody ever listens for what comes. */
      readonly reads: boolean;
    };

export interface FaultProcess {
  /** Of its StreamHealth. */
  readonly address: string;
  /** Resolves when it is done; of reading calls, when the first message of each has come. */
  tell(command: FaultCommand): Promise<void>;
  /** Without a word to anybody. */
  kill(): Promise<void>;
}

/** Processes of test-fault-part.ts, which Node can run once it is one file of JavaScript. */
export async function createFaultProcesses() {
  const script = file("../../../node_modules/.cache/grpc-fault-part.mjs");
  await build({
    entryPoints: [file("test-fault-part.ts")],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["@grpc/*", "hdr-histogram-js"],
    alias: { "@streamside/grpc-health": file("../../../packages/grpc-health/src/index.ts") },
    logLevel: "warning",
  });
  return {
    server: (options: ServerOptions = {}) => start(script, { role: "server", options }),
    client: (...addresses: string[]) => start(script, { role: "client", addresses }),
  };
}

async function start(script: string, role: FaultRole): Promise<FaultProcess> {
  const child = fork(script, [JSON.stringify(role)], { execArgv: [] });
  const address = await answerOf<string>(child);
  return {
    address,
    async tell(command) {
      const answer = answerOf(child);
      child.send(command);
      await answer;
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`A process of the test ended (${code}).`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message as T);
    });
  });
}

/** A middlebox: once it drops, neither end is told of anything, not even that the other is gone. */
export interface Middlebox {
  readonly address: string;
  drop(): void;
  close(): void;
}

export async function startMiddlebox(address: string): Promise<Middlebox> {
  const port = Number(address.split(":").at(-1));
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on("error", () => {});
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    drop() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
