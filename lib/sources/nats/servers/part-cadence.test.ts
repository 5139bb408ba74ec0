import { expect, it } from "vitest";
import { createCadence } from "./part-cadence.ts";

it("asks at its own pace, and less often what twice was expensive", () => {
  const cadence = createCadence();
  expect(cadence.isDue("connz", 0)).toBe(true);
  cadence.asked("connz", 0, 0, 400);
  expect(cadence.isDue("connz", 1)).toBe(true);
  cadence.asked("connz", 1_000, 0, 300);
  expect(cadence.isDue("connz", 6_999)).toBe(false);
  expect(cadence.isDue("connz", 7_000)).toBe(true);
  cadence.asked("connz", 7_000, 0, 5);
  expect(cadence.isDue("connz", 7_001)).toBe(true);
  expect(cadence.isDue("routez", 0)).toBe(true);
});

it("waits a minute at most", () => {
  const cadence = createCadence();
  cadence.asked("connz", 0, 5_000, 1e6);
  expect(cadence.isDue("connz", 4_999)).toBe(false);
  cadence.asked("connz", 5_000, 5_000, 1e6);
  expect(cadence.isDue("connz", 64_999)).toBe(false);
  expect(cadence.isDue("connz", 65_000)).toBe(true);
});
