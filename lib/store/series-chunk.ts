/** Points of a chunk: one block of values is so long. */
export const CHUNK_POINTS = 60;

const BLOCKS_A_SLAB = 1_024;

/** Blocks of `CHUNK_POINTS` values, handed out by number and taken back. */
export class BlockPool {
  private readonly slabs: Float32Array[] = [];
  private readonly free: number[] = [];
  private made = 0;

  /** A block full of gaps. */
  take(): number {
    const block = this.free.pop() ?? this.made++;
    if (block >= this.slabs.length * BLOCKS_A_SLAB) {
      this.slabs.push(new Float32Array(BLOCKS_A_SLAB * CHUNK_POINTS));
    }
    this.fill(block, Number.NaN, 0, CHUNK_POINTS);
    return block;
  }

  give(block: number): void {
    this.free.push(block);
  }

  fill(block: number, value: number, from: number, to: number): void {
    const base = this.baseOf(block);
    this.slabOf(block).fill(value, base + from, base + to);
  }

  write(block: number, offset: number, value: number): void {
    this.slabOf(block)[this.baseOf(block) + offset] = value;
  }

  read(block: number, offset: number): number {
    return this.slabOf(block)[this.baseOf(block) + offset]!;
  }

  private slabOf(block: number): Float32Array {
    return this.slabs[Math.floor(block / BLOCKS_A_SLAB)]!;
  }

  private baseOf(block: number): number {
    return (block % BLOCKS_A_SLAB) * CHUNK_POINTS;
  }
}

/**
 * Some points of many cells, where a cell is one measure of one series. Most cells of a quiet cluster show one value all
 * the time: they are a run of it, with gaps around. A cell that shows a second one gets a block of its own.
 */
export class SeriesChunk {
  private value = new Float32Array(0);
  /** The run is `from … to - 1`; `to` 0 is no run yet. */
  private from = new Uint8Array(0);
  private to = new Uint8Array(0);
  /** -1: none. */
  private block = new Int32Array(0);

  constructor(private readonly pool: BlockPool) {}

  /** Makes room for so many cells. */
  grow(cells: number): void {
    const { value, from, to, block } = this;
    this.value = new Float32Array(cells);
    this.value.set(value);
    this.from = new Uint8Array(cells);
    this.from.set(from);
    this.to = new Uint8Array(cells);
    this.to.set(to);
    this.block = new Int32Array(cells).fill(-1);
    this.block.set(block);
  }

  set(cell: number, offset: number, value: number): void {
    if (Number.isNaN(value)) return;
    const block = this.block[cell]!;
    if (block >= 0) {
      this.pool.write(block, offset, value);
      return;
    }
    const to = this.to[cell]!;
    if (to === 0) {
      this.value[cell] = value;
      this.from[cell] = offset;
      this.to[cell] = offset + 1;
    } else if (offset === to && this.value[cell] === Math.fround(value)) {
      this.to[cell] = offset + 1;
    } else {
      const own = this.pool.take();
      this.pool.fill(own, this.value[cell]!, this.from[cell]!, to);
      this.pool.write(own, offset, value);
      this.block[cell] = own;
    }
  }

  /** NaN is a gap. */
  at(cell: number, offset: number): number {
    const block = this.block[cell]!;
    if (block >= 0) return this.pool.read(block, offset);
    return offset >= this.from[cell]! && offset < this.to[cell]! ? this.value[cell]! : Number.NaN;
  }

  /** Nothing but gaps in these cells. */
  clear(fromCell: number, toCell: number): void {
    for (let cell = fromCell; cell < toCell; cell++) {
      if (this.block[cell]! >= 0) this.pool.give(this.block[cell]!);
      this.block[cell] = -1;
      this.to[cell] = 0;
    }
  }

  clearAll(): void {
    this.clear(0, this.to.length);
  }
}
