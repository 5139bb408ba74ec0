import { status as Status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { OwnCalls } from "./own-calls.ts";

const never = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
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
  const calls = new OwnCalls();
  for (const code of [Status.OK, Status.OK, Status.NOT_FOUND, Status.UNIMPLEMENTED, Status.CANCELLED]) {
    calls.begin()(code);
  }
  calls.begin(true);
  vi.advanceTimersByTime(1_000);
  const { own } = await counting(calls);
  expect(own).toEqual({ started: 7, succeeded: 2, failed: 1, unclear: 2 });
});

it("counts an end once", async () => {
  const calls = new OwnCalls();
  const end = calls.begin();
  end(Status.OK);
  end(Status.CANCELLED);
  vi.advanceTimersByTime(1_000);
  expect((await counting(calls)).own).toMatchObject({ succeeded: 1, unclear: 0 });
});

it("waits for those under way, and until their server has counted them", async () => {
  const calls = new OwnCalls();
  const end = calls.begin();
  let own: unknown = "not told";
  const told = counting(calls).then((counted) => {
    own = counted.own;
  });
  await vi.advanceTimersByTimeAsync(50);
  end(Status.OK);
  await vi.advanceTimersByTimeAsync(99);
  expect(own).toBe("not told");
  await vi.advanceTimersByTimeAsync(1);
  await told;
  expect(own).toEqual({ started: 2, succeeded: 1, failed: 0, unclear: 0 });
});

it("is not exact where one takes too long, or a stream begins or ends meanwhile", async () => {
  const calls = new OwnCalls();
  const slow = calls.begin();
  const first = counting(calls);
  await vi.advanceTimersByTimeAsync(300);
  expect((await first).own).toBeNull();
  slow(Status.OK);
  vi.advanceTimersByTime(1_000);
  let answer = () => {};
  const second = counting(
    calls,
    new Promise<void>((resolve) => {
      answer = resolve;
    }),
  );
  await vi.advanceTimersByTimeAsync(1);
  calls.begin(true);
  answer();
  expect((await second).own).toBeNull();
});

it("holds others back while it counts, and no longer than it may", async () => {
  const calls = new OwnCalls();
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
  await vi.advanceTimersByTimeAsync(299);
  expect(admitted).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(admitted).toEqual(["first"]);
  answer();
  await told;
  await ask("second");
  expect(admitted).toEqual(["first", "second"]);
  await expect(calls.admit(AbortSignal.abort(new Error("over")))).resolves.toBeUndefined();
});
