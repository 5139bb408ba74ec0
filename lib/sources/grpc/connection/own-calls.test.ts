import { status as Status } from "@grpc/grpc-js";
import { beforeEach, expect, it } from "vitest";
import { ManualClock } from "../../../async/manual-clock.fixture.ts";
import { OwnCalls } from "./own-calls.ts";

const never = new AbortController().signal;

let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock();
});

/** Someone who counts: what is asked is counted like every other call. */
function counting(calls: OwnCalls, answer: Promise<void> = Promise.resolve()) {
  return calls.alone(async () => {
    const end = calls.begin();
    await answer;
    end(Status.OK);
  }, never);
}

it("counts each call by what its server made of it", async () => {
  const calls = new OwnCalls(clock);
  for (const code of [Status.OK, Status.OK, Status.NOT_FOUND, Status.UNIMPLEMENTED, Status.CANCELLED]) {
    calls.begin()(code);
  }
  calls.begin(true);
  await clock.advance(1_000);
  const { own } = await counting(calls);
  expect(own).toEqual({ started: 7, succeeded: 2, failed: 1, unclear: 2 });
});

it("counts an end once", async () => {
  const calls = new OwnCalls(clock);
  const end = calls.begin();
  end(Status.OK);
  end(Status.CANCELLED);
  await clock.advance(1_000);
  expect((await counting(calls)).own).toMatchObject({ succeeded: 1, unclear: 0 });
});

it("waits for those under way, and until their server has counted them", async () => {
  const calls = new OwnCalls(clock);
  const end = calls.begin();
  let own: unknown = "not told";
  const told = counting(calls).then((counted) => {
    own = counted.own;
  });
  await clock.advance(50);
  end(Status.OK);
  await clock.advance(99);
  expect(own).toBe("not told");
  await clock.advance(1);
  await told;
  expect(own).toEqual({ started: 2, succeeded: 1, failed: 0, unclear: 0 });
});

it("is not exact where one takes too long, or a stream begins or ends meanwhile", async () => {
  const calls = new OwnCalls(clock);
  const slow = calls.begin();
  const first = counting(calls);
  await clock.advance(300);
  expect((await first).own).toBeNull();
  slow(Status.OK);
  await clock.advance(1_000);
  let answer = () => {};
  const second = counting(
    calls,
    new Promise<void>((resolve) => {
      answer = resolve;
    }),
  );
  await clock.advance(1);
  calls.begin(true);
  answer();
  expect((await second).own).toBeNull();
});

it("holds others back while it counts, and no longer than it may", async () => {
  const calls = new OwnCalls(clock);
  let answer = () => {};
  const told = counting(
    calls,
    new Promise<void>((resolve) => {
      answer = resolve;
    }),
  );
  const admitted: string[] = [];
  const ask = (name: string) => calls.admit(never).then(() => admitted.push(name));
  void ask("first");
  await clock.advance(299);
  expect(admitted).toEqual([]);
  await clock.advance(1);
  expect(admitted).toEqual(["first"]);
  answer();
  await told;
  await ask("second");
  expect(admitted).toEqual(["first", "second"]);
  await expect(calls.admit(AbortSignal.abort(new Error("over")))).resolves.toBeUndefined();
});
