import { describe, expect, it } from "vitest";
import type { Layout } from "../../../sample/layout.ts";
import { type JudgedAddress, servingServices, sourceSignals, streamSignals } from "./signals.ts";

const address = (name: string, states: Record<string, string>, isDead = false): JudgedAddress => ({
  name,
  isDead,
  services: Object.entries(states).map(([service, state]) => ({ service, state: state as "SERVING" })),
});

describe("signals of a source", () => {
  it("name each service that does not serve", () => {
    const one = [address("a", { "": "SERVING", "x.Y": "NOT_SERVING", "x.Z": "SERVICE_UNKNOWN" })];
    expect(sourceSignals(one, false, [])).toEqual([
      { kind: "health", service: "x.Y", says: "NOT_SERVING" },
      { kind: "health", service: "x.Z", says: "SERVICE_UNKNOWN" },
    ]);
    expect(sourceSignals([address("a", { "": "SERVING" })], false, [])).toEqual([]);
  });

  it("say nothing of a server as a whole that has no state, unless it was asked for", () => {
    const one = [address("a", { "": "SERVICE_UNKNOWN" })];
    expect(sourceSignals(one, false, [])).toEqual([]);
    expect(sourceSignals(one, false, [""])).toEqual([
      { kind: "health", service: "", says: "SERVICE_UNKNOWN" },
    ]);
  });

  it("count the addresses that serve", () => {
    const members = { kind: "members", what: "address", expected: 3 };
    const [a, b, c] = [
      address("a", { "": "SERVING" }),
      address("b", { "": "NOT_SERVING" }),
      address("c", {}, true),
    ];
    expect(sourceSignals([a, b, c], true, [])).toEqual([{ ...members, serving: 1, missing: ["b", "c"] }]);
    expect(sourceSignals([b, c, c], true, [])).toEqual([
      { kind: "health", service: "", says: "NOT_SERVING" },
      { ...members, serving: 0, missing: ["b", "c", "c"] },
    ]);
    expect(sourceSignals([a, a, a], true, [])).toEqual([]);
  });
});

it("methods bear the state of their service, where the target serves them", () => {
  const method = (name: string, side: "server" | "client" = "server") => ({
    ...{ key: name, name, kind: "method" as const },
    calls: { kind: "unary" as const, side },
  });
  const layout = {
    streams: [method("/x.Y/A"), method("/x.Y/B", "client"), method("/x.Z/A"), method("/x.W/A")],
  } as unknown as Layout;
  const told = [address("a", { "": "NOT_SERVING", "x.Y": "NOT_SERVING", "x.W": "SERVICE_UNKNOWN" })];
  expect([...streamSignals(layout, told)]).toEqual([
    [0, [{ kind: "health", service: "x.Y", says: "NOT_SERVING" }]],
  ]);
  expect(streamSignals(layout, [...told, address("b", { "x.Y": "SERVING" })]).size).toBe(0);
});

it("a service serves where it does at any address; one that has no state is not told", () => {
  const told = [
    address("a", { "": "SERVICE_UNKNOWN", "x.Y": "NOT_SERVING", "x.Z": "NOT_SERVING" }),
    address("b", { "x.Y": "SERVING" }),
  ];
  expect(servingServices(told, [])).toEqual([
    { service: "x.Y", isServing: true },
    { service: "x.Z", isServing: false },
  ]);
});
