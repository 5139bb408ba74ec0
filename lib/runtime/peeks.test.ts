import { expect, it } from "vitest";
import { ManualClock } from "../async/manual-clock.fixture.ts";
import type { FailureCode, PeekedMessage } from "../model/source.ts";
import type { Collector } from "../sample/collector.ts";
import { CollectorError } from "../sample/collector-error.ts";
import { kafkaStore } from "../store/test-store.ts";
import { createPeeks } from "./peeks.ts";

const { store } = kafkaStore();
const message = { sequence: 7 } as PeekedMessage;
const peeksOf = (peek: Collector["peek"], clock = new ManualClock()) =>
  createPeeks({
    clock,
    store,
    timeoutMs: 1_000,
    collectorOf: (id) => (id === "prod" ? ({ peek } as Collector) : undefined),
  });
const failing = (code: FailureCode) =>
  peeksOf(async () => {
    throw new CollectorError(code, "No.", "Ask another.");
  });
const statusOf = async (answer: ReturnType<ReturnType<typeof peeksOf>>) => {
  const told = await answer;
  return "problem" in told ? [told.problem.status, told.problem.detail] : told.message;
};

it("asks the collector of the stream's source for the message", async () => {
  const asked: unknown[] = [];
  const peek = peeksOf(async (streamKey, sequence) => {
    asked.push([streamKey, sequence]);
    return message;
  });
  expect(await statusOf(peek("prod:orders", 7))).toBe(message);
  expect(asked).toEqual([["orders", 7]]);
});

it("tells why there is no message", async () => {
  expect(await statusOf(peeksOf(async () => message)("prod:nothing", 7))).toEqual([404, expect.any(String)]);
  expect(await statusOf(peeksOf(undefined)("prod:orders", 7))).toEqual([
    501,
    expect.stringContaining("prod"),
  ]);
  expect(await statusOf(failing("UNAVAILABLE")("prod:orders", 7))).toEqual([404, "No. Ask another."]);
  expect(await statusOf(failing("DENIED")("prod:orders", 7))).toEqual([403, "No. Ask another."]);
  expect(await statusOf(failing("TIMEOUT")("prod:orders", 7))).toEqual([504, "No. Ask another."]);
  expect(await statusOf(failing("UNREACHABLE")("prod:orders", 7))).toEqual([502, "No. Ask another."]);
  const defect = peeksOf(async () => {
    throw new RangeError("a defect");
  });
  await expect(defect("prod:orders", 7)).rejects.toThrow("a defect");
});

it("gives up after a while", async () => {
  const clock = new ManualClock();
  const stuck = peeksOf(
    (_key, _sequence, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    clock,
  );
  const told = statusOf(stuck("prod:orders", 7));
  await clock.advance(1_000);
  expect(await told).toEqual([504, expect.stringContaining("in time")]);
  expect(clock.pending).toBe(0);
});

it("looks at two messages of a source at once, and no more", async () => {
  const settle: (() => void)[] = [];
  const peek = peeksOf(() => new Promise((resolve) => settle.push(() => resolve(message))));
  const first = [peek("prod:orders", 1), peek("prod:orders", 2)];
  expect(await statusOf(peek("prod:orders", 3))).toEqual([429, expect.stringContaining("try again")]);
  for (const go of settle.splice(0)) go();
  await Promise.all(first);
  const again = peek("prod:orders", 3);
  for (const go of settle) go();
  expect(await statusOf(again)).toBe(message);
});
