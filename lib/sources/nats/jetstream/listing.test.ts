import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ShapeError } from "./api-types.ts";
import type { Page } from "./entries.ts";
import { listAll } from "./listing.ts";

type Item = { name: string };
const named = (count: number): Item[] => Array.from({ length: count }, (_, i) => ({ name: `n${i}` }));

/** A server whose list is what `at` says at each request. */
function server(limit: number, at: (request: number) => Item[]) {
  let request = 0;
  return async (offset: number): Promise<Page<Item>> => {
    const all = at(request++);
    return { items: all.slice(offset, offset + limit), total: all.length, limit, missing: [] };
  };
}

describe("listAll", () => {
  it("lists every name once, whatever the page size", () =>
    fc.assert(
      fc.asyncProperty(fc.nat(60), fc.integer({ min: 1, max: 20 }), async (count, limit) => {
        const { items } = await listAll(server(limit, () => named(count)));
        expect(items).toEqual(named(count));
      }),
    ));

  it("reads once more when a name went between two pages", async () => {
    const all = named(10);
    // The first page is of ten; then the first is gone, so the sixth slips to where the first page was.
    const page = server(5, (request) => (request === 0 ? all : all.slice(1)));
    expect((await listAll(page)).items).toEqual(all.slice(1));
  });

  it("misses none and reads no page twice where some of many go between two pages", async () => {
    const all = Array.from({ length: 600 }, (_, i) => ({ name: `n${String(i).padStart(3, "0")}` }));
    const offsets: number[] = [];
    const shrinking = server(256, (request) => all.slice(request * 10));
    const { items } = await listAll((offset) => {
      offsets.push(offset);
      return shrinking(offset);
    });
    expect(items.map(({ name }) => name)).toEqual(all.map(({ name }) => name));
    expect(offsets).toEqual([0, 244, 488]);
    const leaping = server(256, (request) => all.slice(request === 0 ? 0 : 100));
    expect((await listAll(leaping)).items).toEqual(all.slice(100)); // more than pages have in common
  });

  it("follows a list that grows while it is read", async () => {
    const page = server(5, (request) => named(request === 0 ? 6 : 12));
    expect((await listAll(page)).items).toEqual(named(12));
  });

  it("ends when the total counts more than there is", async () => {
    const page = async (): Promise<Page<Item>> => ({ items: [], total: 1_000, limit: 256, missing: [] });
    expect((await listAll(page)).items).toEqual([]);
  });

  it("counts names without a leader as seen", async () => {
    let requests = 0;
    const page = async (offset: number): Promise<Page<Item>> => {
      requests++;
      return {
        items: named(6).slice(offset, offset + 2),
        total: 8,
        limit: 2,
        missing: offset === 6 ? ["x", "y"] : [],
      };
    };
    expect(await listAll(page)).toMatchObject({ items: named(6), missing: ["x", "y"] });
    expect(requests).toBe(4);
  });

  it("takes no numbers of what is listed only to say that it is offline", async () => {
    const page = async () => ({ items: named(3), total: 3, limit: 256, missing: ["n1"] });
    expect(await listAll(page)).toMatchObject({ items: [{ name: "n0" }, { name: "n2" }], missing: ["n1"] });
  });

  it("calls an answer of another shape a protocol failure", async () => {
    const page = async () => {
      throw new ShapeError("no page of streams");
    };
    await expect(listAll(page)).rejects.toMatchObject({ name: "CollectorError", code: "PROTOCOL" });
  });
});
