/** One process of the tests of faults: an instrumented server, or a client with streams that a test reads or does not read. */
import {
  Client,
  type ClientReadableStream,
  credentials,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerOptions,
  type ServerWritableStream,
} from "@grpc/grpc-js";
import { createStreamHealth, instrumentServer } from "@streamside/grpc-health";
import type { FaultCommand, FaultRole, FeedRequest } from "./test-fault-processes.ts";

const toBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const fromBytes = (bytes: Buffer): unknown => JSON.parse(bytes.toString());
const feed: MethodDefinition<unknown, unknown> = {
  path: "/test.Faults/Feed",
  requestStream: false,
  responseStream: true,
  requestSerialize: toBytes,
  requestDeserialize: fromBytes,
  responseSerialize: toBytes,
  responseDeserialize: fromBytes,
};

const listen = (server: Server): Promise<string> =>
  new Promise((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    ),
  );

/** Its calls are written to at their pace, however slowly they are read. */
async function serve(options: ServerOptions): Promise<[unknown, (command: FaultCommand) => unknown]> {
  const server = new Server(options);
  instrumentServer(server);
  server.addService(
    { Feed: feed },
    {
      Feed(call: ServerWritableStream<FeedRequest, unknown>) {
        const { everyMs, size } = call.request;
        const message = "x".repeat(size);
        call.on("error", () => {});
        call.write(message);
        if (everyMs === 0) return;
        const timer = setInterval(() => call.write(message), everyMs);
        call.on("close", () => clearInterval(timer));
      },
    },
  );
  return [
    await listen(server),
    (command) => {
      if (command.do === "drain") server.tryShutdown(() => {});
      return null;
    },
  ];
}

/** Its own calls are told too, at the address it answers with. */
async function call(
  addresses: readonly string[],
): Promise<[unknown, (command: FaultCommand) => Promise<unknown>]> {
  const health = createStreamHealth();
  const server = new Server();
  health.addTo(server);
  const clients = addresses.map(
    (address) =>
      new Client(
        address,
        credentials.createInsecure(),
        health.clientOptions({ "grpc.use_local_subchannel_pool": 1, "grpc.enable_retries": 0 }),
      ),
  );
  const calls: ClientReadableStream<unknown>[] = [];
  const open = (request: FeedRequest, reads: boolean) => {
    const client = clients[calls.length % clients.length]!;
    const { path, requestSerialize, responseDeserialize } = feed;
    const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
    calls.push(stream);
    stream.on("error", () => {});
    if (!reads) return Promise.resolve();
    return new Promise<void>((resolve) => stream.on("data", () => resolve()));
  };
  return [
    await listen(server),
    async (command) => {
      switch (command.do) {
        case "open":
          await Promise.all(
            Array.from({ length: command.count }, () => open(command.request, command.reads)),
          );
          return null;
        case "pause":
          calls[command.call]!.pause();
          return null;
        default:
          return null;
      }
    },
  ];
}

const role = JSON.parse(process.argv[2] ?? "") as FaultRole;
const [ready, obey] = role.role === "server" ? await serve(role.options) : await call(role.addresses);
process.send?.(ready);
process.on("message", async (command: FaultCommand) => process.send?.(await obey(command)));
process.on("disconnect", () => process.exit(0));
