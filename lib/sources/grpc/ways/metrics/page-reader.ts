import type { MethodCatalogue, MetricsFindings } from "../ways.ts";
import { MethodSums } from "./method-sums.ts";
import { type Family, type Meaning, meaningOf } from "./metric-names.ts";
import { strange } from "./page-client.ts";
import { type PageReport, readPage } from "./text-format.ts";

export interface PageFindings extends Pick<MetricsFindings, "families" | "methods" | "notes"> {
  /** When the process was started, in seconds since the Unix epoch, or its first counter was made; NaN: not told. */
  readonly startedAtS: number;
}

const FAMILY_NAMES = {
  grpc_prometheus: "go-grpc-prometheus",
  a66: "OpenTelemetry",
  a66_attempt: "OpenTelemetry",
  semantic_conventions: "OpenTelemetry",
  envoy: "Envoy",
} as const satisfies Record<Family, string>;

/** Reads pages of one endpoint; the ids of methods stay the same from page to page. */
export function createPageReader(): (
  name: string,
  page: string,
  catalogue: MethodCatalogue | null,
) => PageFindings {
  const ids = new Map<string, { readonly id: number; readonly path: string }>();
  let lastId = 0;
  const idOf = (key: string, path: string) => {
    let held = ids.get(key);
    if (held === undefined) {
      if (ids.size >= MOST_IDS) ids.clear();
      lastId++;
      held = { id: lastId, path: copyOf(path) };
      ids.set(copyOf(key), held);
    }
    return held;
  };
  return (name, page, catalogue) => {
    const meanings = new Map<string, Meaning | null>();
    const sums = new MethodSums(catalogue);
    const families = new Set<string>();
    let startedAtS = Number.NaN;
    let createdAtS = Number.NaN;
    const lookUp = (metric: string) => {
      let meaning = meanings.get(metric);
      if (meaning === undefined) {
        meaning = meaningOf(metric);
        meanings.set(metric, meaning);
      }
      return meaning;
    };
    const report = readPage(
      page,
      (metric) => lookUp(metric) !== null || metric === START_TIME || isCreation(metric),
      (sample) => {
        const { value } = sample;
        const meaning = lookUp(sample.name);
        if (meaning !== null) {
          if (sums.add(sample, meaning)) families.add(FAMILY_NAMES[meaning.family]);
        } else if (sample.name === START_TIME) startedAtS = value;
        else if (!(value >= createdAtS)) createdAtS = value;
      },
    );
    if (!report.isMetrics) throw strange(name, "does not answer metrics in the Prometheus format");
    return {
      families: [...families],
      methods: sums.rows(idOf),
      notes: notesOf(report, sums, families),
      startedAtS: Number.isNaN(startedAtS) ? createdAtS : startedAtS,
    };
  };
}

const MOST_IDS = 20_000;
const START_TIME = "process_start_time_seconds";

/** OpenMetrics tells of each series when it was made. */
function isCreation(metric: string): boolean {
  return metric.endsWith("_created") && /^g?rpc_/.test(metric);
}

/** Part of a text keeps the whole of it in memory; a copy does not. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}

function notesOf(
  { malformed, firstMalformed }: PageReport,
  { oddValues, withoutMethod, ofNoMethod, beyondLimit }: MethodSums,
  families: ReadonlySet<string>,
): string[] {
  const notes: string[] = [];
  if (malformed > 0) {
    notes.push(`${lines(malformed)} not in the Prometheus format, first line ${firstMalformed}`);
  }
  if (oddValues > 0) notes.push(`${lines(oddValues)} with a value that is no count`);
  if (withoutMethod > 0) {
    const what = `${lines(withoutMethod)} of calls without their method`;
    notes.push(
      families.has("Envoy") ? `${what}: set stats_for_all_methods in Envoy's grpc_stats filter` : what,
    );
  }
  if (ofNoMethod > 0) notes.push("calls of methods that the target does not serve are left out");
  if (beyondLimit > 0) notes.push(`${lines(beyondLimit)} of methods beyond the first 5,000`);
  if (families.size === 0)
    notes.push("no gRPC metrics with the names of OpenTelemetry, go-grpc-prometheus or Envoy");
  return notes;
}

function lines(count: number): string {
  return count === 1 ? "1 line" : `${count} lines`;
}
