import { expect, it } from "vitest";
import { chartCsv, fileName } from "./save-chart";

const AT = Date.UTC(2026, 10, 30, 2, 13, 4);

it("writes what is shown, a gap as nothing, and quotes what has to be", () => {
  const series = {
    t: [AT - 1_000, AT, AT + 1_000, AT + 2_000],
    lines: [
      { label: "in", stroke: "kafka", values: [1, 2.5, null, 4] },
      { label: 'out, "due"', stroke: "kafka", values: [9, 0, 7] },
    ],
  } as const;
  expect(chartCsv(series, [AT, AT + 1_500])).toBe(
    ['time,in,"out, ""due"""', "2026-11-30T02:13:04.000Z,2.5,0", "2026-11-30T02:13:05.000Z,,7", ""].join(
      "\r\n",
    ),
  );
});

it("names the file by what it shows and when that ends", () => {
  expect(fileName("Kafka: Latency", [0, AT], "csv")).toBe("kafka-latency-2026-11-30-02-13-04.csv");
});
