/**
 * Losses that a person has seen, by the row of a position: how many messages had been lost by then. A loss counts as
 * seen while no more are lost, and is forgotten once the position is past it. Few positions ever have one.
 */
export class SeenLosses {
  private readonly lost = new Map<number, number>();

  get isEmpty(): boolean {
    return this.lost.size === 0;
  }

  mark(row: number, lost: number): void {
    this.lost.set(row, lost);
  }

  /** Messages; 0: none was marked. */
  of(row: number): number {
    return this.lost.get(row) ?? 0;
  }

  /** Forgets those that their position has got past. */
  retain(stillLost: (row: number) => boolean): void {
    for (const row of this.lost.keys()) if (!stillLost(row)) this.lost.delete(row);
  }

  /** The same for another layout: `oldRow[newRow]` is the row it had before, -1 for a new one. */
  remapped(oldRow: Int32Array): SeenLosses {
    const next = new SeenLosses();
    if (!this.isEmpty) {
      for (const [row, old] of oldRow.entries()) if (this.lost.has(old)) next.mark(row, this.of(old));
    }
    return next;
  }
}
