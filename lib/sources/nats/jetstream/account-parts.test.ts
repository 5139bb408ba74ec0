import { expect, it } from "vitest";
import { accountParts } from "./account-parts.ts";
import { streamEntry } from "./entries.fixture.ts";
import type { Part, StreamPart } from "./snapshot.ts";

const part = (name: string, createdAt = name): Part<StreamPart> => ({
  items: [{ entry: streamEntry({ name, createdAt }), consumers: { items: [], missing: [] } }],
  missing: [],
});
const own = { account: "", identity: { id: "AKEY", name: "APP" } };
const names = (parts: ReadonlyMap<string, unknown>) => [...parts.keys()];

it("puts what the system account tells of others beside what was sampled", () => {
  const told = new Map([["B", part("b")]]);
  const parts = accountParts([own], [{ streams: part("a") }], told);
  expect(names(parts)).toEqual(["", "B"]);
});

it("leaves out accounts that have a connection, by their id, their name or what they are called here", () => {
  const told = new Map(["AKEY", "APP", "B", "C"].map((name) => [name, part(name)]));
  const b = { account: "B", identity: null };
  const parts = accountParts([own, b], [{ streams: part("a") }, { streams: "failed" }], told);
  expect(names(parts)).toEqual(["", "B", "C"]);
  expect(parts.get("B")).toBe("failed");
});

it("knows its own account by its streams where it may not ask", () => {
  const told = new Map([
    ["APP", part("a", "then")],
    ["B", part("a", "at another time")],
  ]);
  const parts = accountParts([{ account: "", identity: null }], [{ streams: part("a", "then") }], told);
  expect(names(parts)).toEqual(["", "B"]);
});
