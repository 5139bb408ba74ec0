import { expect, it } from "vitest";
import { consumerEntry } from "../entries.fixture.ts";
import { isHeld } from "./held.ts";

const replay = { replayPolicy: "original" };
const overflow = { priorityPolicy: "overflow" };
const asks = { numWaiting: 1, numPending: 4 };

it.each([
  ["a replay at the original pace", { ...asks, config: replay }, 1_000, true],
  ["the same to a deliver subject", { push: true, pushBound: 1, numPending: 4, config: replay }, 1_000, true],
  ["a priority group below its minimum", { ...asks, numAckPending: 3, config: overflow }, 1_000, true],
  [
    "other clients than the pinned one",
    { ...asks, config: { priorityPolicy: "pinned_client" } },
    1_000,
    true,
  ],
  ["whoever asks first", { ...asks, config: { priorityPolicy: "prioritized" } }, 1_000, false],
  ["no policy", asks, 1_000, false],
  ["something was delivered just now", { ...asks, config: replay }, 0, false],
  ["nobody asks", { numPending: 4, config: replay }, 1_000, false],
  ["nothing waits", { numWaiting: 1, config: replay }, 1_000, false],
  ["a client has yet to acknowledge", { ...asks, numAckPending: 1, config: replay }, 1_000, false],
  [
    "the limit of what may be out",
    { ...asks, numAckPending: 9, maxAckPending: 9, config: overflow },
    1_000,
    false,
  ],
  ["a pause", { ...asks, paused: true, config: overflow }, 1_000, false],
])("%s", (_, change, stillMs, held) => {
  expect(isHeld(consumerEntry(change), stillMs)).toBe(held);
});
