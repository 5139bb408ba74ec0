import {
  ClosedConnectionError,
  createInbox,
  type Msg,
  type NatsConnection,
  NoRespondersError,
  PermissionViolationError,
  TimeoutError,
} from "@nats-io/transport-node";
import type { Clock } from "../../../async/clock.ts";
import { within } from "../../../async/within.ts";

/** Requests with one answer each, over one connection. */
export interface Requests {
  /**
   * The answer on a subject. Rejects with the library's `TimeoutError`, `NoRespondersError`, `PermissionViolationError` or
   * `ClosedConnectionError`.
   */
  send(subject: string, body: string, timeoutMs: number): Promise<Msg>;
}

interface Waiting {
  readonly subject: string;
  readonly resolve: (message: Msg) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The library's own `request` makes an error with its stack for each request that is answered
 * (findings/nats-request-error-for-each-answer.sh): in sampling ten thousand consumers that is a twentieth of the CPU. All
 * answers come in one subscription here as there.
 *
 * @param inboxPrefix what the subjects of answers begin with; absent: `_INBOX`
 */
export function createRequests(nc: NatsConnection, clock: Clock, inboxPrefix?: string): Requests {
  const inbox = createInbox(inboxPrefix);
  const waiting = new Map<string, Waiting>();
  let isListening = false;
  let sent = 0;

  const fail = (error: unknown, isOfIt: (one: Waiting) => boolean = () => true) => {
    for (const one of waiting.values()) if (isOfIt(one)) one.reject(error);
  };

  const take = (message: Msg) => {
    const one = waiting.get(message.subject.slice(inbox.length + 1));
    if (one === undefined) return; // it came too late
    const isNobody = message.data.length === 0 && message.headers?.code === 503;
    if (isNobody) one.reject(new NoRespondersError(one.subject));
    else one.resolve(message);
  };

  const listen = () => {
    isListening = true;
    nc.subscribe(`${inbox}.*`, {
      callback(error, message) {
        if (error === null) take(message);
        else {
          isListening = false; // the next one tries again
          fail(error);
        }
      },
    });
  };

  const watchRefusals = async () => {
    for await (const status of nc.status()) {
      if (status.type !== "error" || !(status.error instanceof PermissionViolationError)) continue;
      const { operation, subject } = status.error;
      if (operation === "publish") fail(status.error, (one) => one.subject === subject);
    }
  };

  void watchRefusals();
  void nc.closed().then((error) => fail(error ?? new ClosedConnectionError()));
  return {
    async send(subject, body, timeoutMs) {
      if (!isListening) listen();
      const token = (sent++).toString(36);
      const answer = new Promise<Msg>((resolve, reject) => waiting.set(token, { subject, resolve, reject }));
      try {
        nc.publish(subject, body, { reply: `${inbox}.${token}` });
        return await within(clock, timeoutMs, answer, () => new TimeoutError());
      } finally {
        waiting.delete(token);
      }
    },
  };
}
