import * as z from "zod";
import { integer, text } from "./fields.ts";
import type { Finding } from "./findings.ts";
import { limits, mapLimits } from "./limits.ts";
import { mapTls, type SecretFiles, tls } from "./secrets.ts";
import type { SourceConfig } from "./types.ts";
import type { Path } from "./yaml-values.ts";

export type RawMapping = Readonly<Record<string, unknown>>;

/** What every kind of source takes. */
export function commonFields<K extends string>(kind: K, files: SecretFiles) {
  return {
    id: text("an id of at most 64 letters, digits, . _ -", /^[A-Za-z0-9._-]{1,64}$/),
    kind: z.literal(kind),
    name: text("text of at most 100 characters", /\S/, 100).exactOptional(),
    intervalMs: integer(250, 60_000, "milliseconds").default(1000),
    timeoutMs: integer(100, 60_000, "milliseconds").default(5000),
    tls: tls(files),
    limits: limits(),
  };
}

interface CommonParsed {
  id: string;
  kind: string;
  name?: string;
  intervalMs: number;
  timeoutMs: number;
  tls?: z.output<ReturnType<typeof tls>>;
  limits: z.output<ReturnType<typeof limits>>;
}

/** Those fields as the rest of Streamside reads them. */
export function mapCommon(parsed: CommonParsed): SourceConfig {
  const { id, kind, name = id, intervalMs, timeoutMs } = parsed;
  return {
    id,
    kind,
    name,
    intervalMs,
    timeoutMs,
    tls: mapTls(parsed.tls),
    limits: mapLimits(parsed.limits),
  };
}

/** A kind of source, as far as entries of the file go. */
export interface ConfigKind<T> {
  /** What `kind:` says. */
  readonly id: string;
  createReader(files: SecretFiles): SourceReader<T>;
}

/** Entries of one kind: their fields, the rules between them, and what the rest of Streamside gets. */
export interface SourceReader<T> {
  /** Rules between fields, on raw values, so that they are told together with mistakes in the fields themselves. */
  conflicts(raw: RawMapping, path: Path): Finding[];
  parse(raw: unknown): { ok: true; source: T } | { ok: false; error: z.ZodError };
}

/** Ties a schema to its mapper so that the mapper's input is the schema's output. */
export function sourceReader<S extends z.ZodType, T>(
  schema: S,
  map: (parsed: z.output<S>) => T,
  conflicts: SourceReader<T>["conflicts"],
): SourceReader<T> {
  return {
    conflicts: (raw, path) => [...tlsConflicts(raw.tls, [...path, "tls"]), ...conflicts(raw, path)],
    parse(raw) {
      const result = schema.safeParse(raw);
      return result.success ? { ok: true, source: map(result.data) } : { ok: false, error: result.error };
    },
  };
}

export function isMapping(value: unknown): value is RawMapping {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** At most one of two spellings of the same thing; told at the second. */
export function onlyOne(raw: RawMapping, path: Path, a: string, b: string): Finding[] {
  if (!(a in raw && b in raw)) return [];
  return [
    { path: [...path, b], at: "key", message: `is set beside ${a}`, expected: `${a} or ${b}, not both` },
  ];
}

function tlsConflicts(raw: unknown, path: Path): Finding[] {
  if (!isMapping(raw) || "certFile" in raw === "keyFile" in raw) return [];
  const [has, lacks] = "certFile" in raw ? ["certFile", "keyFile"] : ["keyFile", "certFile"];
  return [
    { path: [...path, has], at: "key", message: `is set without ${lacks}`, expected: "both or neither" },
  ];
}
