import type { MethodDefinition } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";

/**
 * `demo.market.v1.Market`: one method of each call kind; how the load tells the service what to do; and
 * `demo.reference.v1.Reference`, which the market itself is a client of.
 */
export interface QuoteRequest {
  readonly symbol: string;
}

export interface Quote {
  readonly symbol: string;
  readonly sequence: number;
  readonly price: number;
  /** The order book around the price: makes the message as large as a real one. */
  readonly depth: Buffer;
}

export interface WatchQuotesRequest {
  readonly symbol: string;
  readonly perSecond: number;
}

export interface Order {
  readonly symbol: string;
  readonly quantity: number;
}

export interface UploadSummary {
  readonly accepted: number;
}

export interface Offer {
  readonly sequence: number;
  readonly price: number;
}

export interface Producing {
  readonly on: boolean;
}

export interface RateRequest {
  readonly symbol: string;
}

export interface Rate {
  readonly symbol: string;
  readonly price: number;
}

/** Symbols that GetQuote has trouble with, as services have now and then. */
export const TROUBLE = {
  /** Answered only after seconds: whoever asks has a deadline, or gives up. */
  slow: "SLOW",
  /** NOT_FOUND: the caller's mistake. */
  unknown: "NOPE",
  /** INTERNAL: the service's failure. */
  broken: "HALT",
} as const;

const field = (type: string, id: number) => ({ type, id });
const symbol = field("string", 1);

const descriptor = {
  nested: {
    demo: {
      nested: {
        reference: {
          nested: {
            v1: {
              nested: {
                Reference: {
                  methods: {
                    FollowRates: { requestType: "RateRequest", responseType: "Rate", responseStream: true },
                  },
                },
                RateRequest: { fields: { symbol } },
                Rate: { fields: { symbol, price: field("double", 2) } },
              },
            },
          },
        },
        market: {
          nested: {
            v1: {
              nested: {
                Market: {
                  methods: {
                    GetQuote: { requestType: "QuoteRequest", responseType: "Quote" },
                    UploadOrders: {
                      requestType: "Order",
                      requestStream: true,
                      responseType: "UploadSummary",
                    },
                    WatchQuotes: {
                      requestType: "WatchQuotesRequest",
                      responseType: "Quote",
                      responseStream: true,
                    },
                    Negotiate: {
                      requestType: "Offer",
                      requestStream: true,
                      responseType: "Offer",
                      responseStream: true,
                    },
                  },
                },
                Control: {
                  methods: { SetProducing: { requestType: "Producing", responseType: "Producing" } },
                },
                QuoteRequest: { fields: { symbol } },
                Quote: {
                  fields: {
                    symbol,
                    sequence: field("uint32", 2),
                    price: field("double", 3),
                    depth: field("bytes", 4),
                  },
                },
                WatchQuotesRequest: { fields: { symbol, perSecond: field("double", 2) } },
                Order: { fields: { symbol, quantity: field("uint32", 2) } },
                UploadSummary: { fields: { accepted: field("uint32", 1) } },
                Offer: { fields: { sequence: field("uint32", 1), price: field("double", 2) } },
                Producing: { fields: { on: field("bool", 1) } },
              },
            },
          },
        },
      },
    },
  },
};

// The JSON form of a .proto has no comments, which the type asks for.
const loaded = fromJSON(descriptor as unknown as Parameters<typeof fromJSON>[0], { defaults: true });

export const CONTROL_SERVICE = "demo.market.v1.Control";

export const marketDefinition = loaded["demo.market.v1.Market"] as unknown as {
  readonly GetQuote: MethodDefinition<QuoteRequest, Quote>;
  readonly UploadOrders: MethodDefinition<Order, UploadSummary>;
  readonly WatchQuotes: MethodDefinition<WatchQuotesRequest, Quote>;
  readonly Negotiate: MethodDefinition<Offer, Offer>;
};

export const controlDefinition = loaded[CONTROL_SERVICE] as unknown as {
  readonly SetProducing: MethodDefinition<Producing, Producing>;
};

export const referenceDefinition = loaded["demo.reference.v1.Reference"] as unknown as {
  readonly FollowRates: MethodDefinition<RateRequest, Rate>;
};
