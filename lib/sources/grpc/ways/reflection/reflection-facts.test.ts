import { describe, expect, it } from "vitest";
import type { MethodCatalogue } from "../ways.ts";
import { reflectionFacts } from "./reflection-facts.ts";

function catalogue(paths: readonly string[], rest: Partial<MethodCatalogue> = {}): MethodCatalogue {
  return {
    version: "v1",
    methods: paths.map((path) => ({ path, kind: "unary" })),
    services: ["a.A", "grpc.health.v1.Health"],
    unread: [],
    asOf: 1,
    ...rest,
  };
}

describe("facts from reflection", () => {
  it("tell what is declared over all addresses, and what could not be read", () => {
    expect(reflectionFacts([null])).toEqual([]);
    expect(reflectionFacts([catalogue(["/a.A/One", "/a.A/Two"])])).toEqual([
      {
        label: "Declares",
        value: "2 methods of 1 service",
        title:
          "From reflection v1: methods and their kinds, those never called as well; services: a.A, grpc.health.v1.Health",
      },
    ]);
    const other = catalogue(["/a.A/One", "/b.B/X"], {
      version: "v1alpha",
      services: ["b.B", "c.C"],
      unread: ["c.C"],
    });
    expect(reflectionFacts([catalogue(["/a.A/One"]), null, other])).toMatchObject([
      {
        value: "2 methods of 2 services, 1 more service could not be read",
        title: expect.stringMatching(/^From reflection v1 and v1alpha: .*could not be read: c\.C$/),
      },
    ]);
  });
});
