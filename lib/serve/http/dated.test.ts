import { expect, it } from "vitest";
import { dated } from "./dated.ts";

it("gives each reading the time of the innermost thing that has one", () => {
  const reading = { value: 4, provenance: "measured" } as const;
  const unknown = { value: null, provenance: "unknown" } as const;
  expect(
    dated(
      {
        outside: reading,
        row: { asOf: 20, backlog: reading, deep: [{ latencyMs: unknown }] },
        silent: { asOf: null, backlog: unknown },
        already: { value: 1, asOf: 5, provenance: "atLeast" },
        section: { asOf: 30, cells: [1, "a", null] },
      },
      10,
    ),
  ).toEqual({
    outside: { value: 4, asOf: 10, provenance: "measured" },
    row: {
      asOf: 20,
      backlog: { value: 4, asOf: 20, provenance: "measured" },
      deep: [{ latencyMs: { value: null, asOf: 20, provenance: "unknown" } }],
    },
    silent: { asOf: null, backlog: { value: null, asOf: null, provenance: "unknown" } },
    already: { value: 1, asOf: 5, provenance: "atLeast" },
    section: { asOf: 30, cells: [1, "a", null] },
  });
});
