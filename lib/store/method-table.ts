import type { EpochMs } from "../model/reading.ts";
import type { Sample } from "../sample/sample.ts";
import { MethodHistory } from "./method-history.ts";

/** A process that has not been heard of for so long is another one when it comes back. */
const FORGOTTEN_MS = 900_000;

/** What the calls of each method of a source came to, by the stream's id; empty in systems without calls. */
export class MethodTable {
  /** Those of methods that are gone are kept while one of their processes may come back. */
  private readonly histories = new Map<string, MethodHistory>();
  private current = new Set<string>();
  /** When each process last told of its calls. */
  private readonly toldAt = new Map<string, EpochMs>();

  accept({ streams, finishedAt }: Sample, streamIds: readonly string[]): void {
    if (streams.calls === undefined) {
      this.histories.clear();
      this.current.clear();
      return;
    }
    const wasRead = (process: string) => this.toldAt.has(process);
    const told = new Set(streams.counting);
    for (const [row, id] of streamIds.entries()) {
      const history = this.histories.get(id) ?? new MethodHistory();
      const totals = streams.calls[row] ?? [];
      history.accept(finishedAt, totals, wasRead);
      this.histories.set(id, history);
      for (const { process } of totals) told.add(process);
    }
    for (const process of told) this.toldAt.set(process, finishedAt);
    this.current = new Set(streamIds);
    this.prune(finishedAt);
  }

  of(streamId: string): MethodHistory | null {
    return this.current.has(streamId) ? (this.histories.get(streamId) ?? null) : null;
  }

  private prune(now: EpochMs): void {
    for (const [process, at] of this.toldAt) {
      if (now - at <= FORGOTTEN_MS) continue;
      this.toldAt.delete(process);
      for (const history of this.histories.values()) history.forget(process);
    }
    if (this.histories.size === this.current.size) return;
    for (const [id, history] of this.histories) {
      if (!this.current.has(id) && history.processes === 0) this.histories.delete(id);
    }
  }
}
