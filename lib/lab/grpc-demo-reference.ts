import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerWritableStream,
} from "@grpc/grpc-js";
import type { StreamHealth } from "@streamside/grpc-health";
import { type Rate, type RateRequest, referenceDefinition } from "./grpc-demo-definition.ts";
import { startPacer } from "./grpc-pacer.ts";

const RATES_PER_SECOND = 5;
const SYMBOL = "ACME";
const { FollowRates } = referenceDefinition;

/** What the demo's market reads its prices from. */
export interface ReferenceRates {
  readonly price: number;
  stop(): void;
}

/**
 * A second service that the market is a client of: its calls are counted where they are made, so that the client's side is
 * there to be seen, too.
 */
export async function followReferenceRates(
  health: StreamHealth,
  isProducing: () => boolean,
): Promise<ReferenceRates> {
  const server = new Server();
  server.addService(referenceDefinition, {
    FollowRates(call: ServerWritableStream<RateRequest, Rate>) {
      let step = 0;
      const stopPacer = startPacer(RATES_PER_SECOND, isProducing, () =>
        call.write({ symbol: call.request.symbol, price: 100 + Math.sin(++step / 50) * 5 }),
      );
      call.once("close", stopPacer);
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const client = new Client(
    `127.0.0.1:${port}`,
    credentials.createInsecure(),
    health.clientOptions({ "grpc.enable_http_proxy": 0, "grpc.use_local_subchannel_pool": 1 }),
  );
  let price = 100;
  const { path, requestSerialize, responseDeserialize } = FollowRates;
  const call = client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    { symbol: SYMBOL },
    new Metadata(),
  );
  call.on("data", (rate: Rate) => {
    price = rate.price;
  });
  // Both ends are in this process: it ends with it.
  call.on("error", () => {});
  return {
    get price() {
      return price;
    },
    stop() {
      client.close();
      server.forceShutdown();
    },
  };
}
