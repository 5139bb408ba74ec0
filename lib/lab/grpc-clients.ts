import { setTimeout as delay } from "node:timers/promises";
import { type Client, Metadata, type ServiceError } from "@grpc/grpc-js";
import { marketDefinition, type Offer, TROUBLE } from "./grpc-demo-definition.ts";
import { invoke } from "./grpc-invoke.ts";
import { Pace, startPacer } from "./grpc-pacer.ts";

const UNARY_PER_SECOND = 40;
const ORDERS_PER_SECOND = 50;
const OFFERS_PER_SECOND = 30;
const QUOTES_PER_SECOND = 120;
/** Quotes a second that the watcher which is a little too slow reads. */
const SLOW_PER_SECOND = 105;

/** Quotes a second in each of two watches on one connection, and how one of them stops reading now and then. */
const DESK_PER_SECOND = 40;
const DESK_PAUSES = { firstAfterMs: 40_000, everyMs: 180_000, forMs: 20_000 };

const UPLOAD_MS = 20_000;
const UPLOAD_DEADLINE_MS = 30_000;
const NEGOTIATE_MS = 60_000;
const NEGOTIATE_DEADLINE_MS = 90_000;
const MAX_UNANSWERED = 200;

const { GetQuote, UploadOrders, WatchQuotes, Negotiate } = marketDefinition;

/** What a worker's session runs with. */
interface Session {
  readonly client: Client;
  /** Aborts when the load stops. */
  readonly signal: AbortSignal;
  readonly isProducing: () => boolean;
  readonly scale: number;
  readonly counts: { sent: number; finished: number };
}

export interface Worker {
  /** The name its channel carries, as user agent. */
  readonly name: string;
  describe(scale: number): string;
  /** Runs until its call ends or the load stops. Rejects when the service fails it. */
  run(session: Session): Promise<void>;
}

/** The clients of the demo's market. */
export const WORKERS: readonly Worker[] = [
  {
    name: "price-checker",
    describe: (scale) => `asks GetQuote ${rateText(UNARY_PER_SECOND * scale)}`,
    run: askQuotes,
  },
  {
    name: "order-uploader",
    describe: (scale) => `streams orders to UploadOrders ${rateText(ORDERS_PER_SECOND * scale)}`,
    run: uploadOrders,
  },
  {
    name: "ticker",
    describe: (scale) => `reads WatchQuotes as fast as it comes, ${rateText(QUOTES_PER_SECOND * scale)}`,
    run: (session) => watchQuotes(session, { perSecond: QUOTES_PER_SECOND }),
  },
  {
    name: "slow-dashboard",
    describe: (scale) => `reads WatchQuotes, at most ${rateText(SLOW_PER_SECOND * scale)}`,
    run: (session) => watchQuotes(session, { perSecond: QUOTES_PER_SECOND, atMost: SLOW_PER_SECOND }),
  },
  {
    name: "desk",
    describe: (scale) =>
      `reads WatchQuotes twice on one connection, ${rateText(DESK_PER_SECOND * scale)} each; one of the two pauses for ${DESK_PAUSES.forMs / 1000} s now and then`,
    run: watchTwice,
  },
  {
    name: "haggler",
    describe: (scale) => `plays ping and pong with Negotiate ${rateText(OFFERS_PER_SECOND * scale)}`,
    run: negotiate,
  },
];

/** Every so many questions one goes wrong: well below what makes a method `failing`. */
const TROUBLES = [
  { every: 211, request: { symbol: TROUBLE.broken }, how: {} },
  { every: 307, request: { symbol: TROUBLE.slow }, how: { deadlineMs: 250 } },
  { every: 173, request: { symbol: TROUBLE.slow }, how: { giveUpMs: 40 } },
  { every: 101, request: { symbol: TROUBLE.unknown }, how: {} },
] as const;

async function askQuotes({ client, signal, isProducing, scale, counts }: Session): Promise<void> {
  let unanswered = 0;
  let asked = 0;
  await new Promise<void>((resolve, reject) => {
    const settle = (end: () => void) => {
      stopPacer();
      signal.removeEventListener("abort", onAbort);
      end();
    };
    const onAbort = () => settle(resolve);
    const stopPacer = startPacer(UNARY_PER_SECOND * scale, isProducing, () => {
      if (unanswered >= MAX_UNANSWERED) return;
      unanswered++;
      counts.sent++;
      asked++;
      const answered = () => {
        unanswered--;
        counts.finished++;
      };
      const trouble = TROUBLES.find(({ every }) => asked % every === 0);
      // What is asked for is no failure of the service; if that is gone, the next question finds out.
      if (trouble) invoke(client, GetQuote, trouble.request, trouble.how).then(answered, answered);
      else
        invoke(client, GetQuote, { symbol: "ACME" }).then(answered, (error) => settle(() => reject(error)));
    });
    signal.addEventListener("abort", onAbort);
  });
}

/** One upload: ends by itself after a while, and is then made anew. */
async function uploadOrders({ client, signal, isProducing, scale, counts }: Session): Promise<void> {
  const { path, requestSerialize, responseDeserialize } = UploadOrders;
  await new Promise<void>((resolve, reject) => {
    const settle = (end: () => void) => {
      stopPacer();
      clearTimeout(renewal);
      signal.removeEventListener("abort", onAbort);
      end();
    };
    const call = client.makeClientStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      new Metadata(),
      { deadline: Date.now() + UPLOAD_DEADLINE_MS },
      (error: ServiceError | null, summary) => {
        counts.finished += summary?.accepted ?? 0;
        settle(() => (error ? reject(error) : resolve()));
      },
    );
    // The callback tells what happened.
    call.on("error", () => {});
    const stopPacer = startPacer(ORDERS_PER_SECOND * scale, isProducing, () => {
      if (call.writableNeedDrain) return;
      counts.sent++;
      call.write({ symbol: "ACME", quantity: 1 + (counts.sent % 100) });
    });
    const renewal = setTimeout(() => call.end(), UPLOAD_MS);
    const onAbort = () => call.cancel();
    signal.addEventListener("abort", onAbort);
  });
}

/** Rates are before scaling. `pauses`: it stops reading now and then. */
async function watchQuotes(
  { client, signal, isProducing, scale, counts }: Session,
  how: { readonly perSecond: number; readonly atMost?: number; readonly pauses?: boolean },
): Promise<void> {
  const { path, requestSerialize, responseDeserialize } = WatchQuotes;
  const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {
    symbol: "ACME",
    perSecond: how.perSecond * scale,
  });
  const onAbort = () => call.cancel();
  signal.addEventListener("abort", onAbort);
  const pace = how.atMost === undefined ? null : new Pace(how.atMost * scale);
  let pauseAt = Date.now() + DESK_PAUSES.firstAfterMs;
  try {
    // Reading one at a time is what makes the server wait: a call that is read by events is read at once.
    for await (const _quote of call) {
      counts.sent++;
      counts.finished++;
      const wait = pace?.takeOne() ?? 0;
      if (wait > 0) await delay(wait);
      if (!how.pauses || Date.now() < pauseAt) continue;
      const resumeAt = Date.now() + DESK_PAUSES.forMs;
      while (Date.now() < resumeAt && isProducing() && !signal.aborted && !call.destroyed) await delay(200);
      pauseAt += DESK_PAUSES.everyMs;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Two watches share the connection; where one fails the other is given up with it. */
async function watchTwice(session: Session): Promise<void> {
  const giveUp = new AbortController();
  const both = { ...session, signal: AbortSignal.any([session.signal, giveUp.signal]) };
  try {
    await Promise.all(
      [false, true].map((pauses) => watchQuotes(both, { perSecond: DESK_PER_SECOND, pauses })),
    );
  } finally {
    giveUp.abort();
  }
}

/** One negotiation: comes to an end after a while, and is then begun anew. */
async function negotiate({ client, signal, isProducing, scale, counts }: Session): Promise<void> {
  const { path, requestSerialize, responseDeserialize } = Negotiate;
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata(), {
    deadline: Date.now() + NEGOTIATE_DEADLINE_MS,
  });
  let sequence = 0;
  const stopPacer = startPacer(OFFERS_PER_SECOND * scale, isProducing, () => {
    if (call.writableNeedDrain) return;
    sequence++;
    counts.sent++;
    call.write({ sequence, price: 100 } satisfies Offer);
  });
  const ending = setTimeout(() => {
    stopPacer();
    call.end();
  }, NEGOTIATE_MS);
  const onAbort = () => call.cancel();
  signal.addEventListener("abort", onAbort);
  try {
    for await (const _counterOffer of call) counts.finished++;
  } finally {
    clearTimeout(ending);
    stopPacer();
    signal.removeEventListener("abort", onAbort);
  }
}

function rateText(perSecond: number): string {
  return `${Math.round(perSecond)} times a second`;
}
