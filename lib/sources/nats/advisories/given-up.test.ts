import { expect, it } from "vitest";
import { consumerEntry, streamEntry } from "../jetstream/entries.fixture.ts";
import type { Advisory, MessageNews } from "./advisory-types.ts";
import { createGivenUpBook } from "./given-up.ts";

const news = (kind: MessageNews["kind"], sequence: number, at = 1_000) =>
  ({
    ...{ kind, sequence, at, stream: "ORDERS", consumer: "billing", domain: "" },
    ...{ deliveries: 5, ackMs: Number.NaN },
  }) as Advisory & MessageNews;

const sample = (
  stream: Parameters<typeof streamEntry>[0],
  ...consumers: Parameters<typeof consumerEntry>[0][]
) => [{ account: "", entry: streamEntry(stream), consumers: consumers.map((one) => consumerEntry(one)) }];

function bookOf(...heard: (Advisory & MessageNews)[]) {
  const book = createGivenUpBook();
  for (const one of heard) book.note(one);
  return book;
}

it("counts each message once, and knows the last time", () => {
  const book = bookOf(news("given-up", 3, 1_000), news("given-up", 3, 2_000), news("given-up", 7, 1_500));
  expect(book.of("ORDERS")).toEqual([{ consumer: "billing", messages: 2, lastAt: 2_000 }]);
  expect(book.of("OTHER")).toEqual([]);
});

it("is over once a message is acknowledged after all", () => {
  const book = bookOf(news("given-up", 3), news("acknowledged", 3));
  expect(book.of("ORDERS")).toEqual([]);
});

it.each([
  ["the stream begins after it", { firstSeq: 8, config: { retention: "workqueue" } }, [{}], []],
  ["the floor has passed it where nothing else is left to do", {}, [{ ackFloorStreamSeq: 7 }], []],
  ["the floor has passed one of them", {}, [{ ackFloorStreamSeq: 6 }], [1]],
  [
    "the floor has passed it, and it stays",
    { config: { retention: "workqueue" } },
    [{ ackFloorStreamSeq: 7 }],
    [2],
  ],
  ["its consumer is gone", {}, [], []],
  ["the stream is not known this time", { firstSeq: Number.NaN }, [{ ackFloorStreamSeq: 7 }], [2]],
])("is over or not: %s", (_, stream, consumers, left) => {
  const book = bookOf(news("given-up", 3), news("given-up", 7));
  book.observe(sample(stream, ...consumers));
  expect(book.of("ORDERS").map(({ messages }) => messages)).toEqual(left);
});

it("forgets a stream that is another one now", () => {
  const book = bookOf(news("given-up", 3));
  book.forget("ORDERS");
  expect(book.of("ORDERS")).toEqual([]);
});
