import type { Observation } from "../collectors/contract.ts";
import { MethodHistory } from "./method-history.ts";

/** What the calls of each method of a source came to, by the stream's id; empty in systems without calls. */
export class MethodTable {
  private histories = new Map<string, MethodHistory>();

  accept({ streams, finishedAt }: Observation, streamIds: readonly string[]): void {
    if (streams.calls === undefined) {
      this.histories.clear();
      return;
    }
    const next = new Map<string, MethodHistory>();
    for (const [row, id] of streamIds.entries()) {
      const history = this.histories.get(id) ?? new MethodHistory();
      history.accept(finishedAt, streams.calls(row));
      next.set(id, history);
    }
    this.histories = next;
  }

  of(streamId: string): MethodHistory | null {
    return this.histories.get(streamId) ?? null;
  }
}
