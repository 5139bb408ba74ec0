import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sentenceText } from "../format/index.ts";
import type { Incident } from "../model/incident.ts";
import type { ViewOf } from "../model/live.ts";
import { liveQuery } from "../model/live.ts";
import { unpackIncident } from "../recording/pack.ts";
import { Past } from "../recording/past.ts";
import { ALL_TRAITS } from "../sources/all-traits.ts";
import { compareStandings, standingsOf } from "../views/compare/compare.ts";
import { evaluate } from "../views/evaluate.ts";
import { assembleRecorded } from "./assemble.ts";

const SHIPPED = fileURLToPath(new URL("../../demo/incident.streamside", import.meta.url));

let folder: string;
let incident: Incident;
let past: Past;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "streamside-shipped-"));
  incident = await unpackIncident(SHIPPED, folder);
  past = new Past({
    folder,
    assemble: (sources) => assembleRecorded(sources, ALL_TRAITS),
    onUnread: (path, error) => {
      throw new Error(`${path}: ${error.message}`);
    },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const after = (seconds: number) => past.at(incident.from + seconds * 1_000);

/**
 * What was recorded by the build that made it, of real brokers: NATS was killed 10 s after its beginning and came back 25 s
 * later; from the 57th second on nothing was produced to Kafka for 25 s.
 */
it("tells what happened, in every version that can read it", async () => {
  expect(incident.name).toBe("NATS was gone, then nobody produced");
  const sources = async (seconds: number) =>
    (evaluate(await after(seconds), { view: "sources" }) as ViewOf["sources"]).rows.map(({ id, status }) => [
      id,
      status,
    ]);
  const healthy = [
    ["demo-grpc", "live"],
    ["demo-kafka", "live"],
    ["demo-nats", "live"],
  ];
  expect(await sources(5)).toEqual(healthy);
  expect(await sources(25)).toContainEqual(["demo-nats", "lost"]);
  expect(await sources(55)).toEqual(healthy);

  const consumer = liveQuery.parse({ view: "consumer", id: "demo-kafka:billing-writer" });
  const page = evaluate(await after(50), consumer) as ViewOf["consumer"];
  expect(page.meta.consumer).toMatchObject({ status: "behind", latencyMs: { value: expect.any(Number) } });
  expect(sentenceText(page.meta.consumer!.because, incident.from + 50_000)).toMatch(
    /^Falls behind: [\d,]+ messages waiting, the oldest for/,
  );

  const before = standingsOf(await after(70));
  const { rows } = compareStandings(before, standingsOf(await after(82)), 100);
  expect(rows.find(({ id }) => id === "demo-kafka:billing-writer")).toMatchObject({ change: "better" });

  const titles = (await past.events(incident.from, incident.to)).map(({ title }) => title);
  expect(titles.length).toBeGreaterThan(10);
  expect(titles.join("\n")).toMatch(/lost|out of reach|back/i);
});
