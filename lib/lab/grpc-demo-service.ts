import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
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
  TROUBLE,
  type UploadSummary,
  type WatchQuotesRequest,
} from "./grpc-demo-definition.ts";
import { followReferenceRates } from "./grpc-demo-reference.ts";
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
/** What it takes to look a quote up: mostly little, sometimes much. */
const THINKING_MS = { usual: 4, spread: 0.8, slow: 4_000 };

/** A market with one method of each call kind, its live calls and its health to be seen. */
export async function startGrpcDemoService({
  port,
  host = "127.0.0.1",
}: GrpcDemoServiceOptions): Promise<GrpcDemoService> {
  let producing = true;
  const server = new Server();
  const health = instrumentServer(server, { exclude: [...observingServices, CONTROL_SERVICE] });
  const reference = await followReferenceRates(health, () => producing);
  // One for all messages: what waits in a queue then costs little.
  const depth = Buffer.alloc(DEPTH_BYTES, "0123456789");
  const quote = (symbol: string, sequence: number): Quote => ({
    symbol,
    sequence,
    price: reference.price,
    depth,
  });
  let dropped = 0;

  new HealthImplementation({ "": "SERVING", "demo.market.v1.Market": "SERVING" }).addToServer(server);
  server.addService(controlDefinition, {
    SetProducing({ request }: ServerUnaryCall<Producing, Producing>, answer: sendUnaryData<Producing>) {
      producing = request.on;
      answer(null, request);
    },
  });
  server.addService(marketDefinition, {
    GetQuote(call: ServerUnaryCall<QuoteRequest, Quote>, answer: sendUnaryData<Quote>) {
      const { symbol } = call.request;
      const timer = setTimeout(() => {
        if (call.cancelled) return;
        const error = errorFor(symbol);
        if (error) answer(error);
        else answer(null, quote(symbol, 1));
      }, thinkingMs(symbol));
      call.once("cancelled", () => clearTimeout(timer));
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
      const marks = health.roundTrips(call);
      let open = 0;
      let hasEnded = false;
      call.on("data", ({ sequence, price }: Offer) => {
        open++;
        marks.request(sequence);
        setTimeout(() => {
          open--;
          if (call.destroyed) return;
          marks.reply(sequence);
          call.write({ sequence, price: price * 0.99 });
          if (hasEnded && open === 0) call.end();
        }, thinkingMs("ACME"));
      });
      call.on("end", () => {
        hasEnded = true;
        if (open === 0) call.end();
      });
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
      reference.stop();
      server.forceShutdown();
    },
  };
}

/** Spread as latencies are: many near the usual, a long tail. */
function thinkingMs(symbol: string): number {
  if (symbol === TROUBLE.slow) return THINKING_MS.slow;
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return THINKING_MS.usual * Math.exp(THINKING_MS.spread * normal);
}

function errorFor(symbol: string) {
  if (symbol === TROUBLE.unknown) return { code: status.NOT_FOUND, details: `There is no ${symbol}.` };
  if (symbol === TROUBLE.broken)
    return { code: status.INTERNAL, details: `The feed of ${symbol} is broken.` };
  return null;
}
