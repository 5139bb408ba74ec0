import { expect, it } from "vitest";
import type { EventMark } from "../recording/event-log.ts";
import { JournalError } from "../recording/journal-error.ts";
import type { Past } from "../recording/past.ts";
import { Points } from "../recording/tiers/points.ts";
import { ROW_WIDTH } from "../recording/tiers/tier.ts";
import { kafkaStore } from "../store/test-store.ts";
import { answerPast, type PastQuestion } from "./past-questions.ts";

const AT = 1_790_000_000_000;
const { store } = kafkaStore();

/** What is recorded is the same at every moment. */
const pastOf = (at: Past["at"] = async (moment) => store.at(moment)) =>
  ({
    at,
    events: async () => [
      { at: 5, kind: "k", title: "t", source: "s", entity: null },
      { at: 7, kind: "k", title: "u", source: "s", entity: "e" },
    ],
  }) as unknown as Past;
const tiers = {
  points: async () => Points.of({ t: [AT], cells: Array.from({ length: ROW_WIDTH }, () => [1]) }),
};
const ask = (question: PastQuestion, past = pastOf()) => answerPast({ past, tiers }, question);

it("answers with a view, its charts, and when it was", async () => {
  const answer = await ask({ about: "frame", at: AT, query: { view: "overview" } });
  expect(answer).toMatchObject({
    ok: true,
    answer: { asOf: AT, rows: expect.any(Array), series: { t: [] } },
  });
});

it("answers what the API does, and says of messages that they are read as they are now", async () => {
  const of = (path: string, parameters = "") => ask({ about: "api", at: AT, path, parameters });
  expect(await of("sources")).toMatchObject({ ok: true, answer: { status: 200 } });
  expect(await of("consumers", "limit=x")).toMatchObject({ ok: true, answer: { problem: { status: 400 } } });
  expect(await of("streams/prod:orders/messages/1")).toMatchObject({
    ok: true,
    answer: { problem: { status: 404, detail: expect.stringMatching(/without at=/) } },
  });
});

it("gathers what happened, and compares", async () => {
  const marks = async (of: { source: string | null; entity: string | null }) => {
    const told = await ask({ about: "marks", from: 0, to: 10, most: 5, ...of });
    return told.ok && (told.answer as readonly EventMark[]).map(({ title }) => title);
  };
  expect(await marks({ source: null, entity: null })).toEqual(["t", "u"]);
  expect(await marks({ source: "s", entity: "e" })).toEqual(["t", "u"]);
  expect(await marks({ source: "s", entity: "other" })).toEqual(["t"]);
  expect(await marks({ source: "other", entity: null })).toEqual([]);
  expect(await ask({ about: "compare", at: AT, with: AT - 1_000, limit: 5 })).toMatchObject({
    ok: true,
    answer: { before: AT - 1_000, after: AT, rows: [] },
  });
});

it.each([
  [new JournalError("NOTHING_THEN", "Nothing then."), 404, "Nothing then."],
  [new JournalError("DAMAGED", "It is damaged."), 503, "It is damaged."],
  [new Error("EIO"), 503, "What was recorded cannot be read: EIO"],
  ["odd", 503, "What was recorded cannot be read: odd"],
])("%s is a problem in words", async (error, status, detail) => {
  const past = pastOf(async () => {
    throw error;
  });
  const problem = { status, detail };
  expect(await ask({ about: "frame", at: AT, query: { view: "overview" } }, past)).toMatchObject({
    ok: false,
    problem,
  });
});
