import { describe, expect, it } from "vitest";
import { entityId } from "./entity-id.ts";

describe("entityId", () => {
  it("is readable where the name allows it", () => {
    expect(entityId("prod", "billing-writer.v2")).toBe("prod:billing-writer.v2");
  });

  it("is safe in a URL, whatever the name", () => {
    for (const key of [
      "/pkg.Service/Method",
      "größe %2F",
      "a b",
      "",
      "~",
      "x".repeat(5_000),
      "__proto__",
      "\n\"'",
    ]) {
      expect(entityId("s", key)).toMatch(/^s:[A-Za-z0-9._~-]{1,100}$/);
    }
  });

  it("is another one for another name", () => {
    const keys = [
      "a/b",
      "a-b",
      "a b",
      "a%2Fb",
      "A-b",
      "a~b",
      "-a-b-",
      `${"x".repeat(300)}1`,
      `${"x".repeat(300)}2`,
    ];
    expect(new Set(keys.map((key) => entityId("s", key))).size).toBe(keys.length);
  });
});
