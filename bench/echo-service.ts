import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import {
  type ChannelOptions,
  type ClientDuplexStream,
  type ClientOptions,
  credentials,
  type MethodDefinition,
  makeClientConstructor,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { createStreamHealth, instrumentServer } from "@streamside/grpc-health";

export const MESSAGE_BYTES = 128;
export const CHAT = "/bench.Echo/Chat";
export const UNARY = "/bench.Echo/Unary";

const asIs = (bytes: Buffer): Buffer => bytes;
const method = (path: string, stream: boolean): MethodDefinition<Buffer, Buffer> => ({
  path,
  requestStream: stream,
  responseStream: stream,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
});

/** Messages are bytes and stay bytes: with a codec a service costs more, and being watched is less of it. */
const definition = { Unary: method(UNARY, false), Chat: method(CHAT, true) };

export interface EchoServer {
  readonly address: string;
  /** Messages echoed so far. */
  echoed(): number;
}

/** The least that a service can do, on grpc-js as it is, or instrumented. */
export async function startEchoServer(instrumented: boolean): Promise<EchoServer> {
  let echoed = 0;
  const server = new Server();
  if (instrumented) instrumentServer(server);
  server.addService(definition, {
    Unary({ request }: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) {
      echoed++;
      answer(null, request);
    },
    Chat(call: ServerDuplexStream<Buffer, Buffer>) {
      call.on("data", (message: Buffer) => {
        echoed++;
        call.write(message);
      });
      call.on("end", () => call.end());
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return { address: `127.0.0.1:${port}`, echoed: () => echoed };
}

/** The same service without gRPC: it sends back what comes, for less than what a client takes to send it. */
export async function startRawEcho(): Promise<string> {
  const server = createServer();
  server.on("stream", (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.on("error", () => {});
    stream.pipe(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface EchoClient {
  Unary(message: Buffer, done: (error: ServiceError | null) => void): void;
  Chat(): ClientDuplexStream<Buffer, Buffer>;
}

export interface BusyClient {
  /** Messages that have come back so far. */
  echoed(): number;
  start(kind: string): void;
  stop(): void;
}

const UNDER_WAY = 8;

/** A grpc-js client as it is, or instrumented, that always has messages under way on every lane. */
export function createBusyClient(address: string, lanes: number, instrumented: boolean): BusyClient {
  const Echo = makeClientConstructor(definition, "bench.Echo");
  // Without this, all clients of a process would share one connection.
  const own: ClientOptions & ChannelOptions = { "grpc.use_local_subchannel_pool": 1 };
  const options = instrumented ? createStreamHealth().clientOptions(own) : own;
  const client = new Echo(address, credentials.createInsecure(), options) as unknown as EchoClient;
  const message = Buffer.alloc(MESSAGE_BYTES, 42);
  let echoed = 0;
  let running = "";
  const chats: ClientDuplexStream<Buffer, Buffer>[] = [];
  const callAgain = () => {
    client.Unary(message, (error) => {
      if (error !== null) throw error;
      echoed++;
      if (running === "unary") callAgain();
    });
  };
  const openChat = () => {
    const chat = client.Chat();
    return chat.on("data", () => {
      echoed++;
      if (running === "bidi") chat.write(message);
    });
  };
  return {
    echoed: () => echoed,
    start(kind) {
      running = kind;
      for (let lane = 0; lane < lanes; lane++) {
        if (kind === "unary") callAgain();
        else {
          chats[lane] ??= openChat();
          for (let n = 0; n < UNDER_WAY; n++) chats[lane]!.write(message);
        }
      }
    },
    stop() {
      running = "";
    },
  };
}
