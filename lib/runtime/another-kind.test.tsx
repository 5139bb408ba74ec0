// @vitest-environment jsdom
/** A kind of source that is defined in this file: from its entry in the configuration to its page, nothing else knows it. */
import { cleanup, render, screen, within } from "@testing-library/react";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import type { ReactNode } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ConsumerPage } from "@/components/pages/consumer/consumer-page";
import { ConsumersTable } from "@/components/pages/consumers/consumers-table";
import { EventsTable } from "@/components/pages/events/events-table";
import { HealthStrip } from "@/components/pages/overview/health-strip";
import { SystemGrid } from "@/components/pages/overview/system-grid";
import { SourcePage } from "@/components/pages/source/source-page";
import { SourcesPanel } from "@/components/pages/sources/sources-panel";
import { StreamPage } from "@/components/pages/stream/stream-page";
import { StreamsTable } from "@/components/pages/streams/streams-table";
import { ShortcutsProvider } from "@/components/shell/shortcuts";
import { ManualClock } from "../async/manual-clock.fixture.ts";
import { commonFields, mapCommon, sourceReader } from "../config/common.ts";
import { integer, mapping, text } from "../config/fields.ts";
import { ConfigError, parseConfig } from "../config/index.ts";
import type { SourceConfig } from "../config/types.ts";
import { createFakeLive } from "../live/live.fixture.tsx";
import type { FrameOf, ViewName } from "../model/live.ts";
import { layoutOf, observe } from "../pipeline/test-observation.ts";
import { CollectorError } from "../sample/collector-error.ts";
import { gaugesOf } from "../sample/gauge.ts";
import { USUAL_LIMITS } from "../sample/limits.ts";
import { createSection } from "../sample/section.ts";
import { NO_WORDS } from "../sample/words.ts";
import { answerApi } from "../serve/http/api.ts";
import { createMetrics } from "../serve/metrics/render-metrics.ts";
import { defineSource } from "../sources/definition.ts";
import { SOURCE_KINDS } from "../sources/index.ts";
import { Store } from "../store/store.ts";
import { evaluate } from "../views/evaluate.ts";
import { seriesOf } from "../views/series.ts";
import { createSampling } from "./sampling.ts";

vi.mock("@/components/charts", () => ({
  TimeChart: () => null,
  HeatMap: () => null,
  ChartPlaceholder: () => null,
}));
vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {}, removeEventListener() {} }));

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  cleanup();
  for (const clean of cleanups.splice(0)) await clean();
});

interface MillConfig extends SourceConfig {
  wheel: string;
  stones: number;
}

const LAYOUT = layoutOf({
  streams: { grain: { lanes: 1, kind: "heap" } },
  consumers: { baker: { reads: ["grain"], kind: "bakery" } },
});
let isBroken = false;

const MILL = defineSource<MillConfig>({
  id: "mill",
  name: "Water mill",
  words: { ...NO_WORDS, consumerFacts: () => [{ label: "Oven", value: "hot", group: "Bakery" }] },
  metrics: ({ source, derived }, writer) =>
    writer.gauge("mill_sacks_waiting", "Sacks.", { source }, derived.consumers.backlog[0]!),
  limits: { ...USUAL_LIMITS, lateMs: 2_000 },
  hasSettablePositions: false,
  createReader: (files) =>
    sourceReader(
      mapping({
        ...commonFields("mill", files),
        wheel: text("where the wheel is", /^[a-z.]+$/),
        stones: integer(1, 9, "stones").default(2),
      }),
      (parsed): MillConfig => ({ ...mapCommon(parsed), wheel: parsed.wheel, stones: parsed.stones }),
      ({ wheel, name }, path) =>
        wheel !== undefined && wheel === name
          ? [{ path: [...path, "name"], message: "is where it is", expected: "a name of its own" }]
          : [],
    ),
  addresses: ({ wheel }) => [wheel],
  createCollector: ({ wheel, stones }, _settings, clock) => ({
    async sample() {
      if (isBroken) throw new CollectorError("UNREACHABLE", `Nobody is at ${wheel}.`, "Knock again.");
      const at = clock.now();
      return {
        ...observe(LAYOUT, {
          at,
          head: 1_000,
          floor: 0,
          position: 990,
          gauges: gaugesOf({ mill_stones: ["Stones that turn.", stones] }),
          events: [{ at, kind: "flour", title: "A sack is full" }],
        }),
        facts: [{ label: "Stones", value: { kind: "count" as const, value: stones } }],
        sections: [
          createSection({
            key: "sacks",
            title: "Sacks",
            asOf: at,
            columns: [{ label: "Of", kind: "text", cell: (of: string) => of }],
            items: ["rye", "wheat"],
            id: (of) => of,
          }),
        ],
      };
    },
    close: async () => {},
  }),
});

const parse = (source: string) =>
  parseConfig(`sources:\n  - ${source}\n`, {
    kinds: [...SOURCE_KINDS, MILL],
    path: "streamside.yaml",
    env: {},
  });

function mistakesIn(source: string) {
  try {
    parse(source);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("its entry in the configuration", () => {
  it("is read with its defaults and with what every source has", () => {
    const [source] = parse("{ id: m, kind: mill, wheel: brook.example, timeoutMs: 700 }").sources;
    expect(source!.config).toMatchObject({ id: "m", name: "m", kind: "mill", stones: 2, timeoutMs: 700 });
    expect(source!.addresses).toEqual(["brook.example"]);
  });

  it.each([
    ["{ id: m, kind: mill }", "wheel", "is missing", "where the wheel is"],
    [
      "{ id: m, kind: mill, wheel: a, stones: 10 }",
      "stones",
      "is a number (10)",
      "a whole number from 1 to 9 stones",
    ],
    [
      "{ id: m, kind: mill, wheel: a, stone: 1 }",
      "stone",
      "unknown key stone, did you mean stones?",
      expect.stringContaining("stones"),
    ],
    ["{ id: m, kind: mill, wheel: a, name: a }", "name", "is where it is", "a name of its own"],
    [
      "{ id: m, kind: mil, wheel: a }",
      "kind",
      'is "mil", did you mean mill?',
      "one of kafka, nats, grpc, mill",
    ],
  ])("tells the line, the path and what was expected: %s", (source, key, message, expected) => {
    expect(mistakesIn(source)).toEqual([
      { line: 2, column: expect.any(Number), path: `sources[0].${key}`, message, expected },
    ]);
  });

  it("is asked for beside the others where there are no sources", () => {
    expect(mistakesIn("5").map(({ path }) => path)).toEqual(["sources[0]"]);
    expect(() => parseConfig("sources: []", { kinds: [MILL], path: "a", env: {} })).toThrow(
      expect.objectContaining({
        problems: [expect.objectContaining({ expected: expect.stringContaining("kind: mill)") })],
      }),
    );
  });
});

/** Sampled as the server does, for three seconds. */
async function watchMill() {
  isBroken = false;
  const store = new Store();
  const clock = new ManualClock();
  const now = () => clock.now();
  const sampling = createSampling({
    config: parse("{ id: m, kind: mill, wheel: brook.example, name: Old mill, stones: 7 }"),
    unavailable: [],
    ...{ store, clock, log: { info() {}, warn() {}, error() {} } },
    watchedConsumers: () => [],
    onConsumers: () => {},
  });
  sampling.start();
  cleanups.push(() => sampling.stop());
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await clock.advance(1_000);
      store.tick(now());
    }
  };
  await pass(3);
  return { store, now, pass };
}

describe("what it tells", () => {
  it("is in the API", async () => {
    const { store, now, pass } = await watchMill();
    const ask = (path: string) =>
      answerApi(path, new URLSearchParams(), {
        evaluate: (query, at) => evaluate(store.at(at), query),
        seriesOf: (query, at, after) => seriesOf(store.at(at), query, after),
        now,
        peek: async () => Promise.reject(new Error("nobody asks")),
        markLossesSeen: () => null,
      });
    const source = {
      id: "m",
      name: "Old mill",
      kind: "mill",
      kindName: "Water mill",
      address: "brook.example",
    };
    expect(await ask("sources")).toMatchObject({
      body: [{ ...source, status: "live", facts: [{ label: "Stones", value: "7" }] }],
    });
    expect(await ask("sources/m")).toMatchObject({
      body: { ...source, sections: [{ key: "sacks", rows: [{ cells: ["rye"] }, { cells: ["wheat"] }] }] },
    });
    expect(await ask("consumers")).toMatchObject({
      body: { items: [{ system: "mill", kind: "bakery", name: "baker" }] },
    });
    isBroken = true;
    await pass(2);
    expect(await ask("overview")).toMatchObject({
      body: { troubles: [{ kind: "source", id: "m", system: "mill", status: "lost" }] },
    });
  });

  it("is in /metrics", async () => {
    const { store, now } = await watchMill();
    const sockets = () => ({ clients: 0, queries: 0 });
    const { text: scraped } = await createMetrics({
      store,
      kinds: [MILL],
      now,
      maxPositionSeries: 100,
      sockets,
    })();
    expect(scraped).toContain('streamside_source_up{source="m",kind="mill"} 1');
    expect(scraped).toContain('mill_stones{source="m"} 7');
    expect(scraped).toContain('mill_sacks_waiting{source="m"} 10');
    expect(scraped).toMatch(/streamside_source_samples_total\{source="m",kind="mill",result="taken"\} [1-9]/);
  });

  it("is measured by its own limits", async () => {
    const { store } = await watchMill();
    expect(store.sources.get("m")!.sampled!.limits[0]!.lateMs).toBe(2_000);
  });
});

const VIEWS = [
  "overview",
  "sources",
  "source",
  "consumers",
  "consumer",
  "streams",
  "stream",
  "events",
] as const;

describe("its pages", () => {
  type Mill = Awaited<ReturnType<typeof watchMill>>;

  async function show(page: ReactNode, before?: (mill: Mill) => Promise<void>) {
    const mill = await watchMill();
    await before?.(mill);
    const live = createFakeLive(mill.now);
    const answer = <V extends ViewName>(view: V) =>
      live.answer(view, (query) => {
        const { meta, rows } = evaluate(mill.store.at(mill.now()), query);
        return { meta, rows, series: seriesOf(mill.store.at(mill.now()), query, 0) } as FrameOf[V];
      });
    for (const view of VIEWS) answer(view);
    render(
      <NuqsTestingAdapter hasMemory>
        <live.Provider>
          <ShortcutsProvider>{page}</ShortcutsProvider>
        </live.Provider>
      </NuqsTestingAdapter>,
    );
  }

  it("has one of its own", async () => {
    await show(<SourcePage id="m" />);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Old mill");
    expect(screen.getByText("Water mill")).toBeTruthy();
    expect(screen.getByText("Stones").nextElementSibling?.textContent).toBe("7");
    const cells = within(screen.getByRole("table", { name: "Sacks" })).getAllByRole("cell");
    expect(cells.map(({ textContent }) => textContent)).toEqual(["rye", "wheat"]);
  });

  it("is on the sources page and in the headline of the overview, with what is wrong", async () => {
    const isLost = async ({ pass }: Mill) => {
      isBroken = true;
      await pass(2);
    };
    await show(
      [<SourcesPanel key="sources" />, <HealthStrip key="strip" />, <SystemGrid key="grid" />],
      isLost,
    );
    expect(screen.getByText("Old mill", { selector: "h2 *" })).toBeTruthy();
    expect(screen.getByText(/Nobody is at brook\.example/)).toBeTruthy();
    expect(screen.getByRole("heading", { level: 1 }).textContent).toMatch(/^Old mill is lost for/);
  });

  it("is where streams, consumers and events of all sources are", async () => {
    const tables = [
      <ConsumersTable key="consumers" />,
      <StreamsTable key="streams" />,
      <EventsTable key="events" />,
    ];
    await show(tables);
    expect(screen.getAllByText("baker").length).toBeGreaterThan(0);
    expect(screen.getAllByText("grain").length).toBeGreaterThan(0);
    expect(screen.getAllByText("A sack is full").length).toBeGreaterThan(0);
    expect(screen.getAllByTitle("mill").length).toBeGreaterThan(0);
  });

  it("has one for its streams and its consumers", async () => {
    await show([<StreamPage key="stream" id="m:grain" />, <ConsumerPage key="consumer" id="m:baker" />]);
    const headings = screen.getAllByRole("heading", { level: 1 });
    expect(headings.map(({ textContent }) => textContent)).toEqual(["grain", "baker"]);
    expect(screen.getByText("hot")).toBeTruthy();
  });
});
