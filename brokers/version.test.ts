import { describe, expect, it } from "vitest";
import { compareVersions } from "./version.ts";

describe("compareVersions", () => {
  it.each([
    ["2.9.10", "2.12.6", -1],
    ["2.12.6", "2.12.6", 0],
    ["v2.15.2", "2.12.6", 1],
    ["2.12.6-RC.1", "2.12.6", -1],
    ["2.12.7-RC.1", "2.12.6", 1],
    ["2.13", "2.12.6", 1],
    ["2.12.6+build", "2.12.6", 0],
  ])("%s against %s is %d", (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });
});
