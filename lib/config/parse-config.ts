import { dirname, join, resolve } from "node:path";
import * as z from "zod";
import { type ConfigKind, commonFields, isMapping, type SourceReader } from "./common.ts";
import { DATA_DIR, HOST, PORT, readEnvironment } from "./environment.ts";
import { duration, field, integer, mapping, size, switchable } from "./fields.ts";
import { type Finding, findingsOf, locateFinding } from "./findings.ts";
import { limits, mapLimits } from "./limits.ts";
import { ConfigError, sortProblems } from "./problems.ts";
import { PUBLIC_HOSTS } from "./public-hosts.ts";
import { createSecretFiles, type ReadSecret } from "./secrets.ts";
import type { Environment } from "./substitute.ts";
import type { StreamsideConfig } from "./types.ts";
import { readYaml, type YamlLines } from "./yaml-lines.ts";
import type { Path } from "./yaml-values.ts";

export interface ParseOptions<S> {
  /** Kinds of source there may be. */
  kinds: readonly ConfigKind<S>[];
  /** Of the configuration file: named in problems, and what paths in the file are relative to. */
  path: string;
  env: Environment;
  /** What the default and STREAMSIDE_DATA are relative to; the directory of the file when left out. */
  cwd?: string;
  /** Reads a `…File` field; without it every such field is a problem. */
  readSecret?: ReadSecret;
}

function topLevel(kinds: readonly string[]) {
  const sources = `a list of at least one source (- id: …, kind: ${kinds.join(" | ")})`;
  return mapping(
    {
      host: HOST.exactOptional(),
      port: PORT.exactOptional(),
      publicHosts: PUBLIC_HOSTS.exactOptional(),
      dataDir: DATA_DIR.exactOptional(),
      sources: z.array(z.unknown(), { error: sources }).min(1, { error: sources }),
      metrics: mapping({ maxPositionSeries: integer(0, 1_000_000).default(50_000) }).prefault({}),
      sampling: mapping({
        topologyIntervalMs: integer(1000, 600_000, "milliseconds").default(30_000),
      }).prefault({}),
      limits: limits(),
      history: switchable(
        mapping({
          dir: DATA_DIR.exactOptional(),
          raw: duration("15m", "366d", "90m, 24h, 7d").default(86_400_000),
          tiers: mapping({
            "10s": duration("6h", "10y", "12h, 7d").default(7 * 86_400_000),
            "1m": duration("2d", "10y", "30d, 90d").default(90 * 86_400_000),
            "10m": duration("20d", "10y", "90d, 2y").default(730 * 86_400_000),
          }).prefault({}),
          maxBytes: size("10MB", "500MB, 2GB").default(2e9),
        }),
      ).prefault({}),
    },
    "a mapping with `sources:`",
  );
}

/**
 * A configuration from its text and the environment. Reads nothing itself, so a reload is another call.
 * @throws ConfigError with every mistake.
 */
export function parseConfig<S>(text: string, options: ParseOptions<S>): StreamsideConfig<S> {
  const { kinds, path, env, cwd = dirname(path), readSecret = refuse } = options;
  const { overrides, problems: ofEnvironment } = readEnvironment(env);
  const yaml = readYaml(text, env);
  const problems = ofEnvironment.concat(yaml.problems);
  if (yaml.broken) throw new ConfigError(path, sortProblems(problems));

  const top = topLevel(kinds.map(({ id }) => id)).safeParse(yaml.value);
  const findings = top.success ? [] : findingsOf(top.error, []);
  const rawSources = isMapping(yaml.value) && Array.isArray(yaml.value.sources) ? yaml.value.sources : [];
  const { sources, findings: more } = readSources(rawSources, yaml, createReaders(kinds, path, readSecret));
  for (const finding of findings.concat(more)) {
    const problem = locateFinding(finding, yaml);
    if (problem) problems.push(problem);
  }
  if (problems.length > 0 || !top.success) throw new ConfigError(path, sortProblems(problems));

  const { host = "127.0.0.1", port = 4400, publicHosts = [], metrics, sampling, history } = top.data;
  // A path in the file belongs to the file; one from the command line to where the command was given.
  const dataDir =
    overrides.dataDir === undefined && top.data.dataDir !== undefined
      ? resolve(dirname(path), top.data.dataDir)
      : resolve(cwd, overrides.dataDir ?? "data");
  return {
    host: overrides.host ?? host,
    port: overrides.port ?? port,
    publicHosts: overrides.publicHosts ?? publicHosts,
    dataDir,
    sources,
    metrics,
    sampling,
    limits: mapLimits(top.data.limits),
    history:
      history === undefined
        ? null
        : {
            dir: history.dir === undefined ? join(dataDir, "history") : resolve(dirname(path), history.dir),
            rawMs: history.raw,
            tiersMs: history.tiers,
            maxBytes: history.maxBytes,
          },
  };
}

interface Readers<S> {
  readonly byKind: ReadonlyMap<unknown, SourceReader<S>>;
  /** For a source whose kind is not known: what can be told all the same. */
  readonly unknown: z.ZodType;
}

function createReaders<S>(
  kinds: readonly ConfigKind<S>[],
  configPath: string,
  readSecret: ReadSecret,
): Readers<S> {
  const files = createSecretFiles(configPath, readSecret);
  const byKind = new Map(kinds.map((kind) => [kind.id, kind.createReader(files)]));
  // Nothing fits: whatever does has a reader of its own.
  const none = field(`one of ${[...byKind.keys()].join(", ")}`, () => undefined);
  return { byKind, unknown: z.looseObject({ ...commonFields("unknown", files), kind: none }) };
}

function readSources<S>(raw: readonly unknown[], yaml: YamlLines, readers: Readers<S>) {
  const sources: S[] = [];
  const findings: Finding[] = [];
  // Not `push(...more)`: a flood of mistakes has more of them than a call may have arguments.
  const tell = (more: Finding[]) => {
    for (const finding of more) findings.push(finding);
  };
  const firstOf = new Map<string, Path>();
  raw.forEach((value, i) => {
    const path = ["sources", i];
    tell(duplicateId(value, path, yaml, firstOf));
    const reader = isMapping(value) ? readers.byKind.get(value.kind) : undefined;
    if (!reader || !isMapping(value)) {
      const result = readers.unknown.safeParse(value, { error: () => "a mapping with id, kind, …" });
      if (!result.success) tell(findingsOf(result.error, path));
      return;
    }
    const result = reader.parse(value);
    if (result.ok) sources.push(result.source);
    else tell(findingsOf(result.error, path));
    tell(reader.conflicts(value, path));
  });
  return { sources, findings };
}

function duplicateId(value: unknown, at: Path, yaml: YamlLines, firstOf: Map<string, Path>): Finding[] {
  const id = isMapping(value) ? value.id : undefined;
  if (typeof id !== "string") return [];
  const path = [...at, "id"];
  const first = firstOf.get(id);
  if (!first) {
    firstOf.set(id, path);
    return [];
  }
  const { line } = yaml.position(yaml.locate(first).place.value);
  return [{ path, message: `is the same as on line ${line}`, expected: "an id of its own for each source" }];
}

function refuse(): never {
  throw Object.assign(new Error("no secret reader"), { code: "EACCES" });
}
