import { expect, it, vi } from "vitest";
import { untilAborted } from "./until-aborted.ts";

const never = () => new Promise<never>(() => {});

it("gives the work's own end, whatever becomes of the signals after it", async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  let given: AbortSignal | undefined;
  const work = async (signal: AbortSignal) => {
    given = signal;
    return 7;
  };
  await expect(untilAborted([one.signal, other.signal], work)).resolves.toBe(7);
  one.abort();
  expect(given!.aborted).toBe(false);
  await expect(untilAborted([other.signal], () => Promise.reject("broken"))).rejects.toBe("broken");
});

it("ends with the first signal, and tells the work", async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const told = vi.fn();
  const running = untilAborted([one.signal, other.signal], (signal) => {
    signal.addEventListener("abort", () => told(signal.reason));
    return never();
  });
  other.abort("closed");
  one.abort("too late");
  await expect(running).rejects.toBe("closed");
  expect(told.mock.calls).toEqual([["closed"]]);
});

it("begins nothing once a signal has aborted", async () => {
  const work = vi.fn(never);
  await expect(untilAborted([AbortSignal.abort("over")], work)).rejects.toBe("over");
  expect(work).not.toHaveBeenCalled();
});
