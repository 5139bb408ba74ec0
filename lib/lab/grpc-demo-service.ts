import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { instrumentServer, observingServices } from "@streamside/grpc-health";
import { HealthImplementation } from "grpc-health-check";
import {
  CONTROL_SERVICE,
  controlDefinition,
  marketDefinition,
  type Offer,
  type Order,
  type Producing,
  type Quote,
  type QuoteRequest,
  type UploadSummary,
  type WatchQuotesRequest,
} from "./grpc-demo-definition.ts";
import { startPacer } from "./grpc-pacer.ts";

export interface GrpcDemoService {
  /** `host:port`. */
  readonly address: string;
  /** Quotes not written because too many were waiting in their call. */
  readonly dropped: number;
  /** Cuts every call and frees the port. */
  stop(): Promise<void>;
}

export interface GrpcDemoServiceOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly host?: string;
}

/** A call with so many quotes waiting gets no more: the service's memory is bounded. */
const MAX_QUEUED = 20_000;
const DEPTH_BYTES = 1_500;
const MAX_PER_SECOND = 10_000;

/** A market with one method of each call kind, its live calls and its health to be seen. */
export async function startGrpcDemoService({
  port,
  host = "127.0.0.1",
}: GrpcDemoServiceOptions): Promise<GrpcDemoService> {
  // One for all messages: what waits in a queue then costs little.
  const depth = Buffer.alloc(DEPTH_BYTES, "0123456789");
  const quote = (symbol: string, sequence: number): Quote => ({
    symbol,
    sequence,
    price: 100 + Math.sin(sequence / 50) * 5,
    depth,
  });
  let producing = true;
  let dropped = 0;

  const server = new Server();
  instrumentServer(server, { exclude: [...observingServices, CONTROL_SERVICE] });
  new HealthImplementation({ "": "SERVING", "demo.market.v1.Market": "SERVING" }).addToServer(server);
  server.addService(controlDefinition, {
    SetProducing({ request }: ServerUnaryCall<Producing, Producing>, answer: sendUnaryData<Producing>) {
      producing = request.on;
      answer(null, request);
    },
  });
  server.addService(marketDefinition, {
    GetQuote({ request }: ServerUnaryCall<QuoteRequest, Quote>, answer: sendUnaryData<Quote>) {
      answer(null, quote(request.symbol, 1));
    },

    UploadOrders(call: ServerReadableStream<Order, UploadSummary>, answer: sendUnaryData<UploadSummary>) {
      let accepted = 0;
      call.on("data", () => {
        accepted++;
      });
      call.on("end", () => answer(null, { accepted }));
    },

    WatchQuotes(call: ServerWritableStream<WatchQuotesRequest, Quote>) {
      const { symbol, perSecond } = call.request;
      let sequence = 0;
      const stopPacer = startPacer(
        Math.min(Math.max(perSecond, 1), MAX_PER_SECOND),
        () => producing,
        () => {
          sequence++;
          if (call.writableLength < MAX_QUEUED) call.write(quote(symbol, sequence));
          else dropped++;
        },
      );
      call.once("close", stopPacer);
    },

    Negotiate(call: ServerDuplexStream<Offer, Offer>) {
      call.on("data", ({ sequence, price }: Offer) => call.write({ sequence, price: price * 0.99 }));
      call.on("end", () => call.end());
    },
  });

  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, boundPort) =>
      error ? reject(error) : resolve(boundPort),
    ),
  );
  return {
    address: `${host}:${bound}`,
    get dropped() {
      return dropped;
    },
    async stop() {
      server.forceShutdown();
    },
  };
}
