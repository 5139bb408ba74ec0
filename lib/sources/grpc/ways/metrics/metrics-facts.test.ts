import { expect, it } from "vitest";
import type { MetricsFindings } from "../ways.ts";
import { metricsFacts } from "./metrics-facts.ts";

const found = (families: string[], notes: string[] = []): MetricsFindings => ({
  ...{ families, notes, methods: [], process: "p", asOf: 0 },
});
const values = (...all: (MetricsFindings | null)[]) => metricsFacts(all).map(({ value }) => value);

it("tell whose names metrics have, and what of them could not be used, once for all addresses", () => {
  expect(values(null)).toEqual([]);
  expect(values(found(["Envoy"]), null, found(["OpenTelemetry", "Envoy"]))).toEqual([
    "names of Envoy, OpenTelemetry",
  ]);
  const odd = "1 line with a value that is no count";
  expect(values(found(["Envoy"], [odd]), found(["Envoy"], [odd]))).toEqual([`names of Envoy; ${odd}`]);
  expect(values(found([], ["no gRPC metrics with the names of …"]))).toEqual([
    "no gRPC metrics with the names of …",
  ]);
});
