import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientWritableStream,
  credentials,
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerOptions,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { instrumentServer } from "@streamside/grpc-health";
import { HealthImplementation } from "grpc-health-check";
import { factText } from "../../format/index.ts";
import type { Sample } from "../../sample/sample.ts";

/** A service of all four kinds for tests; a message is any JSON value. */
function method(
  name: string,
  requestStream: boolean,
  responseStream: boolean,
): MethodDefinition<unknown, unknown> {
  const toBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const fromBytes = (bytes: Buffer): unknown => JSON.parse(bytes.toString());
  return {
    path: `/test.Quotes/${name}`,
    requestStream,
    responseStream,
    requestSerialize: toBytes,
    requestDeserialize: fromBytes,
    responseSerialize: toBytes,
    responseDeserialize: fromBytes,
  };
}

const definition = {
  Get: method("Get", false, false),
  Upload: method("Upload", true, false),
  Watch: method("Watch", false, true),
  Talk: method("Talk", true, true),
};

export interface Target {
  readonly server: Server;
  readonly address: string;
  readonly health: HealthImplementation;
  /** The server's ends of the live Watch calls, in the order they came. */
  readonly watches: ServerWritableStream<unknown, unknown>[];
  /** The server's ends of the Upload calls; nothing reads them. */
  readonly uploads: ServerReadableStream<unknown, unknown>[];
  kill(): void;
}

export interface TargetSettings {
  readonly host?: string;
  readonly port?: number;
  readonly instrumented?: boolean;
  readonly health?: boolean;
  readonly credentials?: ServerCredentials;
  readonly options?: ServerOptions;
}

export async function startTarget(settings: TargetSettings = {}): Promise<Target> {
  const { host = "127.0.0.1", port: wanted = 0 } = settings;
  const server = new Server(settings.options);
  const health = new HealthImplementation({ "": "SERVING", "test.Quotes": "NOT_SERVING" });
  if (settings.instrumented !== false) instrumentServer(server);
  if (settings.health !== false) health.addToServer(server);
  const watches: Target["watches"] = [];
  const uploads: Target["uploads"] = [];
  server.addService(definition, {
    Get: (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) =>
      answer(null, call.request),
    Upload: (call: ServerReadableStream<unknown, unknown>, answer: sendUnaryData<unknown>) => {
      uploads.push(call);
      call.on("end", () => answer(null, "done"));
    },
    Watch: (call: ServerWritableStream<unknown, unknown>) => {
      watches.push(call);
    },
    Talk: (call: ServerDuplexStream<unknown, unknown>) => {
      call.on("data", (message) => call.write(message));
      call.on("end", () => call.end());
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(
      `${host}:${wanted}`,
      settings.credentials ?? ServerCredentials.createInsecure(),
      (error, bound) => (error ? reject(error) : resolve(bound)),
    ),
  );
  return {
    server,
    address: `${host}:${port}`,
    health,
    watches,
    uploads,
    kill: () => server.forceShutdown(),
  };
}

export class TargetClient {
  readonly client: Client;

  constructor(address: string) {
    this.client = new Client(address, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  }

  get(message: unknown): Promise<unknown> {
    const { path, requestSerialize, responseDeserialize } = definition.Get;
    return new Promise((resolve, reject) =>
      this.client.makeUnaryRequest(path, requestSerialize, responseDeserialize, message, (error, answer) =>
        error ? reject(error) : resolve(answer),
      ),
    );
  }

  upload(): ClientWritableStream<unknown> {
    const { path, requestSerialize, responseDeserialize } = definition.Upload;
    const call = this.client.makeClientStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      new Metadata(),
      () => {},
    );
    call.on("error", () => {});
    return call;
  }

  watch(): ClientReadableStream<unknown> {
    const { path, requestSerialize, responseDeserialize } = definition.Watch;
    const call = this.client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {});
    call.on("error", () => {});
    return call;
  }

  talk(): ClientDuplexStream<unknown, unknown> {
    const { path, requestSerialize, responseDeserialize } = definition.Talk;
    const call = this.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    call.on("error", () => {});
    return call;
  }

  close(): void {
    this.client.close();
  }
}

/** Waits for a condition; what it last saw is in the error. */
export async function until<T>(
  look: () => T | Promise<T>,
  fits: (seen: T) => boolean,
  withinMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (fits(seen)) return seen;
    if (performance.now() > deadline) {
      throw new Error(`not within ${withinMs} ms: ${fits}; last ${JSON.stringify(seen)?.slice(0, 2000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** One consumer of an observation as an object. */
export function consumerOf(observation: Sample, name: string) {
  const { layout, positions, consumers, lanes } = observation;
  const row = layout.consumers.findIndex((consumer) => consumer.name === name);
  if (row < 0) return null;
  const from = layout.positions.start[row]!;
  const to = layout.positions.start[row + 1]!;
  return {
    info: layout.consumers[row]!,
    due: consumers.dueTotal![row]!,
    out: consumers.outTotal![row]!,
    readers: consumers.readers[row]!,
    flags: consumers.flags![row]!,
    lanes: Array.from({ length: to - from }, (_, i) => ({
      label: layout.lanes.label![from + i]!,
      number: layout.lanes.number[from + i]!,
      head: lanes.head[from + i]!,
      position: positions.position[from + i]!,
      backlog: positions.backlog![from + i]!,
      latencyMs: positions.latencyMs![from + i]!,
      stillSince: positions.stillSince![from + i]!,
      flags: positions.flags![from + i]!,
      member: observation.members[positions.member[from + i]!]?.host ?? null,
    })),
  };
}

/** A fact of the source as it reads when the sample was taken. */
export function factOf({ facts, finishedAt }: Sample, label: string): string | undefined {
  const fact = facts.find((one) => one.label === label);
  return fact && factText(fact.value, finishedAt);
}
