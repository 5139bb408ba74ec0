import type { EndedCallRow } from "../protocol.ts";
import { Ring } from "../ring.ts";
import { mapCall } from "./call-row.ts";
import type { LiveCall } from "./live-call.ts";

/** In one response. */
const most = 500;

/**
 * Last rows of calls that have ended, for those who watch. Two rings, so that many calls that end well do not push out
 * the few that do not; a unary call that ends well is one of very many and not kept at all.
 */
export class EndedCalls {
  readonly #notable = new Ring<EndedCallRow>(most);
  readonly #plain = new Ring<EndedCallRow>(most);
  #watchers = 0;

  /** Rows are kept while someone watches. Returns the function that ends it. */
  watch(): () => void {
    this.#watchers += 1;
    let watching = true;
    return () => {
      if (!watching) return;
      watching = false;
      this.#watchers -= 1;
      if (this.#watchers > 0) return;
      this.#notable.clear();
      this.#plain.clear();
    };
  }

  record(call: LiveCall, code: number, endedAt: number): void {
    if (this.#watchers === 0) return;
    call.lookAtUnread(Number.NaN);
    // The application of a client may still read what came before the end.
    const unread = call.method.side === "SERVER" && Boolean(call.unreadMessages);
    const lost = call.queuedWrites > 0 || unread;
    if (code === 0 && !lost && call.method.kind === "UNARY") return;
    const ring = code === 0 && !lost ? this.#plain : this.#notable;
    ring.push({ call: mapCall(call), code, endedAtMs: endedAt });
  }

  /** Position of a reader who has seen all so far. */
  seen(): EndedCallsSeen {
    return { notable: this.#notable.pushed, plain: this.#plain.pushed };
  }

  /** At most 500 after that position: those that ended badly first, then those that had most waiting, then the last. */
  after(seen: EndedCallsSeen): EndedCallRow[] {
    const notable = this.#notable.after(seen.notable).sort(byTrouble);
    if (notable.length >= most) return notable;
    return [...notable, ...this.#plain.after(seen.plain).slice(notable.length - most)];
  }
}

export interface EndedCallsSeen {
  notable: number;
  plain: number;
}

const waiting = ({ call }: EndedCallRow): number => (call?.queuedWrites ?? 0) + (call?.unreadMessages ?? 0);
const byTrouble = (a: EndedCallRow, b: EndedCallRow): number =>
  Number(b.code !== 0) - Number(a.code !== 0) || waiting(b) - waiting(a);
