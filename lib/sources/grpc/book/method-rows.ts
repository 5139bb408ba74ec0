import type { MethodRow } from "@streamside/grpc-health";
import { exactCount } from "../../../format/index.ts";
import type { SourceEvent } from "../../../model/source.ts";
import { streamKeyOf } from "../connection/peer.ts";
import type { BookedMethod, BookedProcess } from "./booked.ts";
import { flowOf, methodTotals, sideOf } from "./flow.ts";
import type { PeerRows } from "./peer-rows.ts";
import { StatusWindow } from "./status-window.ts";
import { NOTHING, rebase, wentBack } from "./traffic.ts";

/** Of one process; the rest is left out, and that is told. */
const MOST_METHODS = 5_000;

/** Who hears of what is odd. */
interface Teller {
  note(trouble: string): void;
  tell(event: SourceEvent): void;
}

/** The methods of a process. */
export class MethodRows {
  /** Changes whenever one comes. */
  version = 0;
  readonly #peers: PeerRows;
  readonly #teller: Teller;
  #toldOfStepBack = false;

  constructor(peers: PeerRows, teller: Teller) {
    this.#peers = peers;
    this.#teller = teller;
  }

  /** Of another process. */
  clear(): void {
    this.#toldOfStepBack = false;
    this.version++;
  }

  /** @param since as of `CallBook`: null in the first response of a process */
  apply(book: BookedProcess, row: MethodRow, since: number | null): void {
    const held = book.methods.get(row.id);
    if (held === undefined) this.#addMethod(book, row, since);
    else if (held.row.path !== row.path || held.row.kind !== row.kind || held.row.side !== row.side) {
      this.#teller.note("methods that changed their name, kind or side are left out");
    } else {
      if (wentBack(held.row, row)) this.#noteStepBack(book, held, row);
      held.row = row;
    }
  }

  #addMethod(book: BookedProcess, row: MethodRow, since: number | null): void {
    if (book.methods.size >= MOST_METHODS) {
      this.#teller.note(`more than ${exactCount(MOST_METHODS)} methods: those beyond are left out`);
      return;
    }
    const side = sideOf(row);
    const flow = flowOf(row);
    const method: BookedMethod = {
      row,
      key: streamKeyOf(row.path, side),
      side,
      flow,
      isListed: flow !== "calls" && book.from === "instrumented",
      peers: new Map(),
      pool: null,
      // In the first response a method has a past that was not watched; later ones begin before our eyes.
      base: since === null ? methodTotals(flow, row, 0) : { ...NOTHING },
      given: { ...NOTHING },
      ended: new StatusWindow(book.receivedAt, since === null ? row.statuses : []),
      planned: new Map(),
      taken: Number.NaN,
    };
    if (!method.isListed) this.#peers.poolOf(method, book.receivedAt);
    book.methods.set(row.id, method);
    this.version++;
  }

  #noteStepBack({ receivedAt }: BookedProcess, method: BookedMethod, row: MethodRow): void {
    rebase(method, row);
    const what = `counters of ${row.path} went back although the process is the same`;
    this.#teller.note(what);
    if (this.#toldOfStepBack) return;
    this.#toldOfStepBack = true;
    this.#teller.tell({
      at: receivedAt,
      kind: "counters went back",
      title: `C${what.slice(1)}: what is missing is left out`,
      streamKey: method.key,
    });
  }
}
