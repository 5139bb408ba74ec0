import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { covers, isNarrower } from "./subjects.ts";

describe("covers", () => {
  it.each([
    [">", "a.b", true],
    ["a.>", "a.b.c", true],
    ["a.>", "a", false],
    ["a.*", "a.b", true],
    ["a.*", "a.b.c", false],
    ["a.*", "a.>", false],
    ["a.b", "a.*", false],
    ["a.*.c", "a.b.c", true],
    ["a.>", "a.*", true],
    ["a", "a.b", false],
  ])("%s over %s is %s", (outer, inner, expected) => {
    expect(covers(outer, inner)).toBe(expected);
  });

  const literal = fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 4 });
  const pattern = fc
    .tuple(fc.array(fc.constantFrom("a", "b", "*"), { maxLength: 3 }), fc.constantFrom("a", "*", ">"))
    .map(([tokens, last]) => [...tokens, last].join("."));
  /** The definition in the NATS documentation, written another way. */
  const matches = (subjectPattern: string, subject: string) =>
    new RegExp(
      `^${subjectPattern
        .split(".")
        .map((token) => (token === ">" ? ".+" : token === "*" ? "[^.]+" : token))
        .join("\\.")}$`,
    ).test(subject);

  it("holds exactly when no subject matches the inner and not the outer", () => {
    const subjects: string[] = [];
    const grow = (prefix: string[]) => {
      if (prefix.length > 0) subjects.push(prefix.join("."));
      if (prefix.length < 6) for (const token of ["a", "b", "c"]) grow([...prefix, token]);
    };
    grow([]);
    fc.assert(
      fc.property(pattern, pattern, (outer, inner) => {
        const leaks = subjects.some((subject) => matches(inner, subject) && !matches(outer, subject));
        expect(covers(outer, inner)).toBe(!leaks);
      }),
    );
  });

  it("agrees with matching for literal subjects", () => {
    fc.assert(
      fc.property(pattern, literal, (outer, tokens) => {
        expect(covers(outer, tokens.join("."))).toBe(matches(outer, tokens.join(".")));
      }),
    );
  });
});

describe("isNarrower", () => {
  it.each([
    ["", "orders.>", false],
    ["orders.>", "orders.>", false],
    ["orders.created", "orders.>", true],
    ["orders.created orders.paid", "orders.created orders.paid", false],
    ["orders.created", "orders.created orders.paid", true],
    ["orders.created", "", true],
    [">", "", false],
  ])("filter %j on a stream of %j: %s", (filter, subjects, expected) => {
    expect(isNarrower(filter, subjects)).toBe(expected);
  });
});
