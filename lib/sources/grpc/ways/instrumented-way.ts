import type { Clock } from "../../../async/clock.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { CallBook } from "../book/call-book.ts";
import type { GrpcConnection } from "../connection/client.ts";
import { WatchKeeper } from "./watch-keeper.ts";
import type { Way } from "./ways.ts";

/** Not asked again for so long: every refusal is a line in the server's log. */
const REFUSAL_MEMORY_MS = 30_000;
/** Any other failure, doubled each time. */
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 8_000;

export interface InstrumentedWayOptions {
  readonly connection: GrpcConnection;
  readonly target: string;
  /** What Watch tells is added up here, over all connections to one address. */
  readonly book: CallBook;
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
}

/** StreamHealth of the process: one Watch stays open on the connection; read while its newest response is fresh. */
export function createInstrumentedWay(options: InstrumentedWayOptions): Way<CallBook> {
  const { connection, target, book, requestTimeoutMs, clock } = options;
  const watch = new WatchKeeper(connection, target, clock, (response) => book.apply(response, clock.now()));
  let failed: { readonly until: number; readonly error: CollectorError } | null = null;
  let delayMs = RETRY_FIRST_MS;
  return {
    async read(signal) {
      if (failed && failed.until > clock.now()) throw failed.error;
      try {
        if (!(await watch.fresh(requestTimeoutMs, signal))) return null;
        if (book.process === null) throw strangeWatch(target);
        failed = null;
        delayMs = RETRY_FIRST_MS;
        return book;
      } catch (error) {
        if (!(error instanceof CollectorError)) throw error;
        failed = { until: clock.now() + (isRefusal(error) ? REFUSAL_MEMORY_MS : delayMs), error };
        delayMs = Math.min(2 * delayMs, RETRY_MAX_MS);
        throw error;
      }
    },
    close: () => watch.close(),
  };
}

function isRefusal({ code }: CollectorError): boolean {
  return code === "AUTH" || code === "DENIED";
}

function strangeWatch(target: string): CollectorError {
  return new CollectorError(
    "PROTOCOL",
    `${target}: the first response of StreamHealth/Watch does not say which process it is from.`,
    "Does the service implement stream_health.proto as it is documented?",
  );
}
