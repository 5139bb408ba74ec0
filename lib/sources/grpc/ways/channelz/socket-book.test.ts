import { describe, expect, it } from "vitest";
import { never } from "../../test-connection.ts";
import type { ChannelzAsking } from "./channelz-asking.ts";
import { createSocketBook } from "./socket-book.ts";
import { createTargetClock } from "./target-clock.ts";

/** Servers with these sockets, told in pages of 100. */
function createBook(sockets: Map<number, number[]>) {
  let pages = 0;
  const asking = {
    async serverSockets(serverId: number, from: number) {
      pages++;
      const ids = (sockets.get(serverId) ?? []).filter((id) => id >= from);
      return { refs: ids.slice(0, 100).map((id) => ({ socketId: String(id) })), isLast: ids.length <= 100 };
    },
  } as Partial<ChannelzAsking> as ChannelzAsking;
  const book = createSocketBook(asking);
  const clock = createTargetClock();
  let at = 0;
  return {
    book,
    list: async () => {
      pages = 0;
      await book.list([...sockets.keys()], never);
      return pages;
    },
    /** Reads those whose turn it is; `sent` is what each has sent by now. */
    turn: (budget: number, sent: (id: number) => number) => {
      at++;
      const ids = book.turn(budget, at).map(({ id }) => id);
      for (const id of ids) book.read(id, { data: { messagesSent: String(sent(id)) } }, clock, at);
      return ids;
    },
  };
}
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("the connections of a target", () => {
  it("are listed whole where they are few, and lost where they are no longer there", async () => {
    const sockets = new Map([
      [1, range(1, 150)],
      [2, [500]],
    ]);
    const { book, list } = createBook(sockets);
    expect(await list()).toBe(3);
    expect(book.held.size).toBe(151);
    expect(book.held.get(500)).toMatchObject({ serverId: 2 });
    sockets.set(1, [150]);
    await list();
    expect([...book.held.keys()]).toEqual([150, 500]);
    sockets.clear();
    await list();
    expect(book.held.size).toBe(0);
  });

  it("are listed bit by bit where they are many, and none is lost in between", async () => {
    const sockets = new Map([[1, range(1, 2_500)]]);
    const { book, list } = createBook(sockets);
    const sizes: number[] = [];
    for (let i = 0; i < 5; i++) {
      expect(await list()).toBeLessThanOrEqual(10);
      sizes.push(book.held.size);
    }
    expect(sizes).toEqual([1_000, 2_000, 2_500, 2_500, 2_500]);
    sockets.set(1, range(2_001, 2_500));
    for (let i = 0; i < 3; i++) await list();
    expect(book.held.size).toBe(500);
  });

  it("are all read at once where there is room", async () => {
    const { list, turn } = createBook(new Map([[1, range(1, 20)]]));
    await list();
    expect(turn(20, () => 0)).toHaveLength(20);
  });

  it("have their turn: new ones first, the newest of them first; busy ones often, calm ones at last", async () => {
    const { list, turn } = createBook(new Map([[1, range(1, 1_000)]]));
    for (let i = 0; i < 2; i++) await list();
    const reads = new Map<number, number>();
    let sample = 0;
    const sent = (id: number) => (id <= 30 ? sample : 7);
    const round = () => {
      sample++;
      const ids = turn(100, sent);
      expect(ids).toHaveLength(100);
      for (const id of ids) reads.set(id, (reads.get(id) ?? 0) + 1);
      return ids;
    };
    expect(round().slice(0, 2)).toEqual([1_000, 999]);
    for (let i = 0; i < 45; i++) round();
    expect(reads.size).toBe(1_000);
    reads.clear();
    for (let i = 0; i < 20; i++) round();
    for (const id of range(1, 30)) expect(reads.get(id)).toBe(20);
    expect(reads.size).toBe(1_000);
  });
});
