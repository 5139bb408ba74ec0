import {
  type LatencyRow,
  type MethodRow,
  observingServices,
  streamHealthServiceName,
} from "@streamside/grpc-health";
import type { CallSide } from "../../../../model/call.ts";
import type { MethodCatalogue } from "../ways.ts";
import { BucketSums } from "./bucket-sums.ts";
import { envoyPath, squeezed } from "./envoy-path.ts";
import { codeOfLabel, kindOfLabel, kindOfModel } from "./label-values.ts";
import { FAMILIES, type Family, type Meaning } from "./metric-names.ts";
import type { Sample } from "./text-format.ts";

/** What one family tells of one method. Absent: nothing; NaN: not a number that could be. */
interface Sums {
  kind: MethodRow["kind"];
  /** Whether every call that ends is counted. */
  countsEnds: boolean;
  started?: number;
  ended?: number;
  readonly codes: Map<number, number>;
  sent?: number;
  received?: number;
  bytesSent?: number;
  bytesReceived?: number;
  retries?: number;
  readonly durations: BucketSums;
}

interface Method {
  readonly path: string;
  readonly side: CallSide;
  readonly families: Map<Family, Sums>;
}

/** Those that watch are not watched. */
const UNCOUNTED = new Set([...observingServices, streamHealthServiceName].map(squeezed));
/** What gRPC calls `other`, and the conventions `_OTHER`: methods that the server has not registered. */
const NO_METHOD: ReadonlySet<string> = new Set(["/other", "/_OTHER"]);
const MOST_METHODS = 5_000;
const MOST_PATH = 1_000;

/** Adds the samples of one page up to methods. */
export class MethodSums {
  /** Samples whose value is no count. */
  oddValues = 0;
  /** Samples of calls that are not told by method. */
  withoutMethod = 0;
  /** Samples of calls of methods that the target does not serve. */
  ofNoMethod = 0;
  /** Samples of methods beyond the number that is kept. */
  beyondLimit = 0;
  readonly #methods = new Map<string, Method>();
  /** Families and sides that tell of ended calls at all. */
  readonly #endsTold = new Set<string>();
  readonly #kinds: ReadonlyMap<string, MethodRow["kind"]>;
  readonly #known: ReadonlyMap<string, string>;

  constructor(catalogue: MethodCatalogue | null) {
    const methods = catalogue?.methods ?? [];
    this.#kinds = new Map(methods.map(({ path, kind }) => [path, kindOfModel(kind)]));
    this.#known = new Map(methods.map(({ path }) => [squeezed(path), path]));
  }

  /** False: it is not about gRPC after all. */
  add(sample: Sample, meaning: Meaning): boolean {
    const { labels } = sample;
    if (meaning.field === "ended") this.#endsTold.add(`${meaning.family} ${meaning.side}`);
    // Other kinds of remote calls go by the same names.
    if ((labels.get("rpc_system") ?? labels.get("rpc_system_name") ?? "grpc") !== "grpc") return false;
    const path = this.#pathOf(labels, meaning);
    // Nobody's traffic, and mostly what was asked to learn what there is. Some begin in one series and end in none.
    if (path !== null && NO_METHOD.has(path)) {
      this.ofNoMethod++;
      return true;
    }
    if (path === null || path.length > MOST_PATH) {
      this.withoutMethod++;
      return true;
    }
    // What goes out of a sidecar is what the process beside it asks of others.
    const isOutbound =
      meaning.family === "envoy" && labels.get("envoy_cluster_name")?.startsWith("outbound|") === true;
    const method = this.#method(path, isOutbound ? "client" : meaning.side);
    if (method === "uncounted") return true;
    if (method === null) {
      this.beyondLimit++;
      return true;
    }
    const sums = sumsOf(method, meaning.family);
    const type = labels.get("grpc_type");
    if (sums.kind === "KIND_UNSPECIFIED") sums.kind = kindOfLabel(type);
    // Of those with the names of go-grpc-prometheus, some do not count how streams end: Python's, and Go's on a client.
    if (type !== undefined) sums.countsEnds = meaning.side === "server" && /^[a-z_]+$/.test(type);
    this.#addValue(sums, sample, isOutbound ? turned(meaning) : meaning);
    return true;
  }

  /** @param idOf what the method is called from page to page */
  rows(idOf: (key: string, path: string) => { readonly id: number; readonly path: string }): MethodRow[] {
    return [...this.#methods].map(([key, { path, side, families }]) => {
      const told = FAMILIES.flatMap((family) => families.get(family) ?? []);
      const kind =
        this.#kinds.get(path) ??
        told.find((sums) => sums.kind !== "KIND_UNSPECIFIED")?.kind ??
        "KIND_UNSPECIFIED";
      const family = FAMILIES.find((one) => {
        const { started, ended } = families.get(one) ?? {};
        return started !== undefined || ended !== undefined;
      });
      const calls = family && families.get(family);
      // Exporters write no series that is 0: where none of these calls is told to have ended, none has.
      const isZero = calls?.countsEnds === true && this.#endsTold.has(`${family} ${side}`);
      const messages = told.find(({ sent, received }) => sent !== undefined || received !== undefined);
      const sizes = told.find((sums) => sums.bytesSent !== undefined || sums.bytesReceived !== undefined);
      return {
        ...idOf(key, path),
        kind,
        side: side === "client" ? "CLIENT" : "SERVER",
        started: calls?.started ?? Number.NaN,
        completed: calls?.ended ?? (isZero ? 0 : Number.NaN),
        statuses: [...(calls?.codes ?? [])].map(([code, count]) => ({ code, count })),
        ...known("messagesFlushed", messages?.sent),
        ...known("messagesReceived", messages?.received),
        ...known("bytesFlushed", sizes?.bytesSent),
        ...known("bytesReceived", sizes?.bytesReceived),
        ...known("retries", told.find((sums) => sums.retries !== undefined)?.retries),
        latencies: latenciesOf(kind, told),
      };
    });
  }

  #pathOf(labels: ReadonlyMap<string, string>, { family, rest }: Meaning): string | null {
    switch (family) {
      case "grpc_prometheus":
        return joined(labels.get("grpc_service"), labels.get("grpc_method"));
      case "a66":
      case "a66_attempt":
        return full(labels.get("grpc_method"));
      case "semantic_conventions": {
        const method = labels.get("rpc_method");
        return joined(labels.get("rpc_service"), method) ?? full(method);
      }
      case "envoy": {
        const service = labels.get("envoy_grpc_bridge_service");
        const method = labels.get("envoy_grpc_bridge_method");
        return service && method ? envoyPath(service, method, rest, this.#known) : null;
      }
    }
  }

  #method(path: string, side: CallSide): Method | "uncounted" | null {
    const key = `${side} ${path}`;
    const held = this.#methods.get(key);
    if (held !== undefined) return held;
    if (UNCOUNTED.has(squeezed(path.slice(0, path.lastIndexOf("/"))))) return "uncounted";
    if (this.#methods.size >= MOST_METHODS) return null;
    const method: Method = { path, side, families: new Map() };
    this.#methods.set(key, method);
    return method;
  }

  #addValue(
    sums: Sums,
    { name, labels, value: told }: Sample,
    { family, field, part, unitUs }: Meaning,
  ): void {
    if (part === "sum") {
      sums.durations.addSum(told >= 0 ? told * unitUs : Number.NaN);
      return;
    }
    const value = told >= 0 && told <= Number.MAX_SAFE_INTEGER ? told : Number.NaN;
    const upperUs = part === "bucket" ? boundOf(labels.get("le")) * unitUs : 0;
    if (Number.isNaN(value + upperUs)) this.oddValues++;
    if (field !== "duration") sums[field] = (sums[field] ?? 0) + value;
    else if (!Number.isNaN(upperUs)) sums.durations.addBucket(seriesOf(labels), upperUs, value);
    if (field !== "ended") return;
    const code = family === "envoy" ? codeOfName(name) : codeOfLabels(labels);
    if (code !== undefined && value > 0) sums.codes.set(code, (sums.codes.get(code) ?? 0) + value);
  }
}

function sumsOf({ families }: Method, family: Family): Sums {
  let sums = families.get(family);
  if (sums === undefined) {
    const isA66 = family === "a66" || family === "a66_attempt";
    sums = { kind: "KIND_UNSPECIFIED", countsEnds: isA66, codes: new Map(), durations: new BucketSums() };
    families.set(family, sums);
  }
  return sums;
}

/**
 * How long calls lasted is a latency where the caller waits for their end. A stream that lives long is not slow, so there
 * it is left out; where nobody tells the kind, it is what there is.
 */
function latenciesOf(kind: MethodRow["kind"], told: readonly Sums[]): LatencyRow[] {
  if (kind === "SERVER_STREAM" || kind === "BIDI") return [];
  for (const { durations } of told) {
    const row = durations.row();
    if (row !== null) return [row];
  }
  return [];
}

/** The same seen from the other end. */
function turned(meaning: Meaning): Meaning {
  const { field } = meaning;
  return { ...meaning, field: field === "sent" ? "received" : field === "received" ? "sent" : field };
}

function full(method: string | undefined): string | null {
  if (!method) return null;
  return `/${method.replace(/^\//, "")}`;
}

function joined(service: string | undefined, method: string | undefined): string | null {
  return service && method ? `/${service}/${method}` : null;
}

/** Envoy's codes stand at the end of the name. */
function codeOfName(name: string): number | undefined {
  return codeOfLabel(name.slice(name.lastIndexOf("_") + 1));
}

const CODE_LABELS = ["grpc_code", "grpc_status", "code", "rpc_response_status_code", "rpc_grpc_status_code"];

function codeOfLabels(labels: ReadonlyMap<string, string>): number | undefined {
  const name = CODE_LABELS.find((label) => labels.has(label));
  return name === undefined ? undefined : codeOfLabel(labels.get(name));
}

function boundOf(le: string | undefined): number {
  if (le === undefined || le.trim() === "") return Number.NaN;
  return /^\+?inf$/i.test(le) ? Number.POSITIVE_INFINITY : Number(le);
}

function seriesOf(labels: ReadonlyMap<string, string>): string {
  let series = "";
  for (const [name, value] of labels) if (name !== "le") series += `${name}=${value},`;
  return series;
}

function known<K extends string>(key: K, value: number | undefined): { [key in K]?: number } {
  return value === undefined || Number.isNaN(value) ? {} : ({ [key]: value } as { [key in K]?: number });
}
