/** Advisories as a real nats-server 2.15.2 published them, recorded on one server and on a cluster of three. */
import { fixture } from "../jetstream/recorded.fixture.ts";

interface Recorded {
  /** The account it was heard in: that of the stream, or the system account. */
  readonly account: "own" | "system";
  readonly subject: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export const recorded = fixture("advisories") as readonly Recorded[];

/** The first one on a subject that begins so, after `$JS.EVENT.ADVISORY.` or `$JS.EVENT.METRIC.`. */
export function recordedOn(begin: string, account: Recorded["account"] = "own"): Recorded {
  const found = recorded.find(
    (one) => one.account === account && one.subject.split(".").slice(3).join(".").startsWith(begin),
  );
  if (!found) throw new Error(`nothing was recorded on ${begin}`);
  return found;
}

export function encoded(body: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(body));
}
