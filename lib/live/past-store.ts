import {
  canonicalQuery,
  type LiveQuery,
  type LiveQueryInput,
  liveQuery,
  type PastAck,
} from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import type { Transport } from "./connection.ts";
import { type LiveResult, NOTHING_YET, type Observer, refusedObserver } from "./live-store.ts";
import { createEmitter, type Emitter, type Listener } from "./subscribable.ts";

/** Views at moments that are over, as they are asked for: each is answered once. */
export interface PastStore {
  /**
   * Until the answer for this moment is there, the one for the moment before stays.
   *
   * @param place tells apart what is shown of one query at two moments at once
   */
  observe(query: LiveQueryInput, at: EpochMs, place?: string): Observer;
  /** Whether something on the screen is of another moment than the one that was asked for. */
  isBusy(): boolean;
  onBusy(listener: Listener): () => void;
  /** Of when what the page shows is, the earliest of it: before the moment where nothing was recorded then. Null: not known yet. */
  asOf(): EpochMs | null;
  close(): void;
}

/** The place of what is shown beside the page, of a moment of its own. */
export const BESIDE = "beside ";

interface Entry {
  readonly key: string;
  readonly query: LiveQuery;
  readonly emitter: Emitter;
  wanted: EpochMs;
  /** One question at a time: who moves fast skips moments, and asks for no queue of them. */
  asked: EpochMs | null;
  /** Which moment is shown, also where the answer was a refusal. */
  answered: EpochMs | null;
  shown: LiveResult;
  release: ReturnType<typeof setTimeout> | undefined;
  retry: ReturnType<typeof setTimeout> | undefined;
}

const RELEASE_DELAY_MS = 2_000;
/** Where the server says that it is too busy. */
const RETRY_MS = 2_000;
const TOO_BUSY = 429;

export function createPastStore(transport: Transport, now: () => number = Date.now): PastStore {
  const entries = new Map<string, Entry>();
  const busy = createEmitter();
  let wasBusy = false;

  const isBusy = () =>
    [...entries.values()].some(({ emitter, wanted, answered }) => emitter.size > 0 && wanted !== answered);
  const settle = () => {
    if (isBusy() === wasBusy) return;
    wasBusy = !wasBusy;
    busy.notify();
  };
  const ask = (entry: Entry) => {
    if (entry.asked !== null || entry.answered === entry.wanted || !transport.isConnected) return;
    const at = entry.wanted;
    entry.asked = at;
    clearTimeout(entry.retry);
    transport.past(entry.query, at, (ack) => {
      // An older question, or of a connection that is gone.
      if (entry.asked !== at || entries.get(entry.key) !== entry) return;
      entry.asked = null;
      take(entry, at, ack);
    });
  };
  const take = (entry: Entry, at: EpochMs, ack: PastAck) => {
    if (!ack.ok && ack.problem.status === TOO_BUSY) {
      entry.retry = setTimeout(() => ask(entry), RETRY_MS);
      return;
    }
    entry.answered = at;
    entry.shown = ack.ok
      ? { frame: ack.frame, problem: null, receivedAt: now() }
      : { frame: null, problem: ack.problem, receivedAt: now() };
    entry.emitter.notify();
    ask(entry);
    settle();
  };
  const stopListening = transport.listen({
    connected() {
      for (const entry of entries.values()) ask(entry);
    },
    disconnected() {
      for (const entry of entries.values()) entry.asked = null;
    },
    snapshot() {},
    delta() {},
  });
  const open = (key: string, query: LiveQuery, at: EpochMs): Entry => {
    const entry: Entry = {
      ...{ key, query, emitter: createEmitter(), wanted: at },
      ...{ asked: null, answered: null, shown: NOTHING_YET, release: undefined, retry: undefined },
    };
    entries.set(key, entry);
    return entry;
  };
  const close = (entry: Entry) => {
    clearTimeout(entry.release);
    clearTimeout(entry.retry);
    entries.delete(entry.key);
  };

  return {
    observe(input, at, place = "") {
      const parsed = liveQuery.safeParse(input);
      if (!parsed.success) return refusedObserver(parsed.error.issues);
      const key = `${place}${canonicalQuery(parsed.data)}`;
      return {
        subscribe(listener) {
          const entry = entries.get(key) ?? open(key, parsed.data, at);
          clearTimeout(entry.release);
          const unsubscribe = entry.emitter.subscribe(listener);
          entry.wanted = at;
          ask(entry);
          settle();
          return () => {
            unsubscribe();
            if (entry.emitter.size === 0) entry.release = setTimeout(() => close(entry), RELEASE_DELAY_MS);
            settle();
          };
        },
        current: () => entries.get(key)?.shown ?? NOTHING_YET,
      };
    },
    isBusy,
    asOf() {
      const shown = [...entries.values()]
        .filter(({ key, emitter }) => emitter.size > 0 && !key.startsWith(BESIDE))
        .flatMap(({ shown: { frame } }) => frame?.asOf ?? []);
      return shown.length === 0 ? null : Math.min(...shown);
    },
    onBusy: busy.subscribe,
    close() {
      for (const entry of [...entries.values()]) close(entry);
      stopListening();
    },
  };
}
