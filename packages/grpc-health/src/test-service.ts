import {
  type Client,
  type ClientDuplexStream,
  type ClientOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  credentials,
  type Metadata,
  type MethodDefinition,
  makeClientConstructor,
  Server,
  ServerCredentials,
  type ServerOptions,
  type ServiceError,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { CallOrigin } from "./calls/live-call.ts";

/** A service of all four kinds for tests; a message is any JSON value. */
function method(
  name: string,
  requestStream: boolean,
  responseStream: boolean,
): MethodDefinition<unknown, unknown> {
  const toBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const fromBytes = (bytes: Buffer): unknown => JSON.parse(bytes.toString());
  return {
    path: `/test.Echo/${name}`,
    requestStream,
    responseStream,
    requestSerialize: toBytes,
    requestDeserialize: fromBytes,
    responseSerialize: toBytes,
    responseDeserialize: fromBytes,
  };
}

export const echoDefinition = {
  Unary: method("Unary", false, false),
  Collect: method("Collect", true, false),
  Feed: method("Feed", false, true),
  Chat: method("Chat", true, true),
};

/** Of a call that nothing is known of. */
export const nowhere: CallOrigin = {
  peer: () => "",
  deadlineAt: undefined,
  clientName: () => "",
  retries: () => undefined,
  session: () => undefined,
  connecting: () => false,
  target: () => "",
};

type Callback = (error: ServiceError | null, response?: unknown) => void;
export interface EchoClient extends Client {
  Unary(request: unknown, metadata: Metadata, options: object, callback: Callback): ClientUnaryCall;
  Unary(request: unknown, callback: Callback): ClientUnaryCall;
  Collect(options: object, callback: Callback): ClientWritableStream<unknown>;
  Collect(callback: Callback): ClientWritableStream<unknown>;
  Feed(request: unknown, options?: object): ClientReadableStream<unknown>;
  Chat(metadataOrOptions?: object): ClientDuplexStream<unknown, unknown>;
}

export interface Harness {
  server: Server;
  address: string;
  client(options?: ClientOptions, through?: string): EchoClient;
  close(): void;
}

/** A server on loopback. `prepare` gets it before the echo service is added. */
export async function startEcho(
  implementation: UntypedServiceImplementation,
  prepare: (server: Server) => void = () => {},
  options: ServerOptions = {},
): Promise<Harness> {
  const server = new Server(options);
  prepare(server);
  server.addService(echoDefinition, implementation);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  const address = `127.0.0.1:${port}`;
  const clients: Client[] = [];
  return {
    server,
    address,
    client(clientOptions = {}, through = address) {
      const Echo = makeClientConstructor(echoDefinition, "test.Echo");
      const client = new Echo(through, credentials.createInsecure(), clientOptions);
      clients.push(client);
      return client as unknown as EchoClient;
    },
    close() {
      for (const client of clients) client.close();
      server.forceShutdown();
    },
  };
}

/** Waits for a condition, checked on every turn of the event loop; what it last saw is in the error. */
export async function until(
  condition: () => boolean,
  what: () => unknown = () => "",
  withinMs = 5000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline)
      throw new Error(`not within ${withinMs} ms: ${condition} ${JSON.stringify(what())}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export const unary = (client: EchoClient, request: unknown): Promise<unknown> =>
  new Promise((resolve, reject) =>
    client.Unary(request, (error, response) => (error === null ? resolve(response) : reject(error))),
  );
