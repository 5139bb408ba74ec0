import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  Client,
  type ClientDuplexStream,
  type ClientOptions,
  type ClientReadableStream,
  type ClientWritableStream,
  credentials,
  Metadata,
  type MethodDefinition,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { findGrpcPython } from "../../../brokers/index.ts";
import type { ServingStatus } from "./ways/health/health-definition.ts";

/** Null where there is no Python with grpcio: `describe.skipIf(python === null)`. */
export const python = await findGrpcPython();

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export interface PythonTargetSettings {
  readonly port?: number;
  /** Default true. Both `""` and `foreign.Quotes` are SERVING at first. */
  readonly health?: boolean;
  /** Default `["v1alpha"]`, which is what grpcio has; empty: none. */
  readonly reflection?: readonly ("v1" | "v1alpha")[];
  /** Default true. */
  readonly channelz?: boolean;
  /** Default false: not instrumented. */
  readonly streamHealth?: boolean;
  /** Calls it can serve at a time. Default 30. */
  readonly threads?: number;
  /** gRPC's own channel arguments, `{"grpc.max_connection_age_ms": 500}`. */
  readonly options?: Readonly<Record<string, number | string>>;
}

/** A real server of grpcio in a process of its own; what it serves is in foreign/. */
export interface PythonTarget {
  readonly address: string;
  readonly port: number;
  readonly pid: number;
  /** Of grpcio: "1.76.0". */
  readonly grpcVersion: string;
  setHealth(service: string, state: ServingStatus): void;
  /** Begins an orderly stop: GOAWAY at once, calls that live on are cut off after `graceMs`. The process stays. */
  drain(graceMs: number): void;
  /** Ends the process, without a word to its clients where the signal is SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export async function startPythonTarget(settings: PythonTargetSettings = {}): Promise<PythonTarget> {
  if (python === null) throw new Error("There is no Python with grpcio; skip the test.");
  const { port = 0, health = true, reflection = ["v1alpha"], channelz = true } = settings;
  const { streamHealth = false, threads = 30, options = {} } = settings;
  const given = { port, health, reflection, channelz, streamHealth, threads, options };
  const child = spawn(python.command, ["-s", file("foreign/target.py"), JSON.stringify(given)], {
    env: {
      ...process.env,
      // What the package is built from is told by the files in it.
      PYTHONDONTWRITEBYTECODE: "1",
      PYTHONPATH: `${python.path}:${file("../../../packages/grpc-health-python/src")}`,
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const said = await firstLine<{ port: number; grpc: string }>(child);
  const send = (command: object) => child.stdin.write(`${JSON.stringify(command)}\n`);
  return {
    address: `127.0.0.1:${said.port}`,
    port: said.port,
    pid: child.pid!,
    grpcVersion: said.grpc,
    setHealth: (service, state) => send({ health: { [service]: state } }),
    drain: (graceMs) => send({ stop: graceMs / 1_000 }),
    async stop(signal = "SIGKILL") {
      child.kill(signal);
      await exited;
    },
  };
}

/** What a program says of itself when it is ready: a line of JSON. */
export async function firstLine<T>(child: ChildProcess): Promise<T> {
  let complaint = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-4_000);
  });
  for await (const line of createInterface({ input: child.stdout! })) return JSON.parse(line);
  throw new Error(`The target did not start: ${complaint}`);
}

export interface Quote {
  number?: number;
  padding?: Buffer;
  failWith?: number;
  afterMs?: number;
}

export interface QuoteWatch {
  count?: number;
  intervalMs?: number;
  size?: number;
}

type Quotes = Record<"Get" | "Upload" | "Watch" | "Talk", MethodDefinition<object, object>>;
const quotes = loadSync(file("foreign/quotes.proto"), { longs: Number })[
  "foreign.Quotes"
] as unknown as Quotes;

/** One connection to the Quotes of a Python target. Nobody reads what its streams bring but the test. */
export class QuotesClient {
  readonly client: Client;

  constructor(address: string, options: ClientOptions = {}) {
    this.client = new Client(address, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.primary_user_agent": "quotes-client",
      ...options,
    });
  }

  get(quote: Quote, options: { deadline?: number } = {}): Promise<Quote> {
    const { path, requestSerialize, responseDeserialize } = quotes.Get;
    return new Promise((resolve, reject) =>
      this.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        quote,
        new Metadata(),
        options,
        (error, answer) => (error ? reject(error) : resolve(answer as Quote)),
      ),
    );
  }

  /** The call, and what it is answered with. */
  upload(): { call: ClientWritableStream<Quote>; answer: Promise<Quote> } {
    const { path, requestSerialize, responseDeserialize } = quotes.Upload;
    const { promise, resolve, reject } = withResolvers<Quote>();
    const call = this.client.makeClientStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      new Metadata(),
      (error, answer) => (error ? reject(error) : resolve(answer as Quote)),
    );
    return { call: call as ClientWritableStream<Quote>, answer: promise };
  }

  watch(request: QuoteWatch = {}, options: { deadline?: number } = {}): ClientReadableStream<Quote> {
    const { path, requestSerialize, responseDeserialize } = quotes.Watch;
    const call = this.client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      options,
    );
    call.on("error", () => {});
    return call as ClientReadableStream<Quote>;
  }

  talk(): ClientDuplexStream<Quote, Quote> {
    const { path, requestSerialize, responseDeserialize } = quotes.Talk;
    const call = this.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    call.on("error", () => {});
    return call as ClientDuplexStream<Quote, Quote>;
  }

  close(): void {
    this.client.close();
  }
}

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}
