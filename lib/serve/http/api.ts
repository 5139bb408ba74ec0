import { z } from "zod";
import {
  callQuery,
  callsQuery,
  consumerQuery,
  consumersQuery,
  eventsQuery,
  type LiveQuery,
  type SeriesBlock,
  sourceQuery,
  streamQuery,
  streamsQuery,
  type View,
  type ViewOf,
} from "../../model/live.ts";
import type { Problem } from "../../model/problem.ts";
import { problem, schemaProblem } from "../../model/problem.ts";
import type { EpochMs, Reading } from "../../model/reading.ts";
import type { PeekedMessage } from "../../model/source.ts";
import type { PositionView } from "../../model/views.ts";
import { dated } from "./dated.ts";

export interface ApiOptions {
  readonly evaluate: (query: LiveQuery, now: EpochMs) => View;
  /** The points of a page's charts after an instant. */
  readonly seriesOf: (query: LiveQuery, now: EpochMs, after: EpochMs) => SeriesBlock | null;
  readonly now: () => EpochMs;
  /** One message of a stream, by the stream's id. */
  readonly peek: (streamId: string, sequence: number) => Promise<PeekAnswer>;
  /** What a consumer lost is seen; how many messages that were not seen before, null where there is no such consumer. */
  readonly markLossesSeen: (consumerId: string) => number | null;
}

export type PeekAnswer = { readonly message: PeekedMessage } | { readonly problem: Problem };
export type ApiAnswer = { readonly status: 200; readonly body: object } | { readonly problem: Problem };

/** Query strings are text: lists by comma or repetition, numbers and booleans by their usual spelling. */
const numberText = z
  .string()
  .regex(/^\d{1,9}$/, "expected a whole number")
  .transform(Number);
const booleanText = z.enum(["true", "false"]).transform((text) => text === "true");

/** `/api/v1/…`: the same views as the live queries, as plain JSON. Unknown parameters are errors, not ignored. */
export function answerApi(
  path: string,
  parameters: URLSearchParams,
  { evaluate, seriesOf, now, peek }: ApiOptions,
): ApiAnswer | Promise<ApiAnswer> {
  const at = now();
  const ok = (body: object): ApiAnswer => ({ status: 200, body: dated(body, at) as object });
  const ask = <V extends LiveQuery["view"]>(query: Extract<LiveQuery, { view: V }>) =>
    evaluate(query, at) as ViewOf[V];
  const [resource = "", ...rest] = path.split("/");
  if (rest.length > 0 && !["calls", "consumers", "sources", "streams"].includes(resource))
    return notFound(path);
  switch (resource) {
    case "overview": {
      const bad = unexpected(parameters, []);
      if (bad) return bad;
      const { asOf, meta, rows } = ask({ view: "overview" });
      return ok({
        asOf,
        counts: meta.counts,
        troubles: meta.troubles,
        sources: meta.sources,
        systems: rows.map(withoutId),
      });
    }
    case "sources":
      return rest.length === 0 ? sources() : source(rest.join("/"));
    case "streams":
      if (rest.length === 3 && rest[1] === "messages") return message(rest[0]!, rest[2]!);
      return rest.length === 0 ? streams() : stream(rest.join("/"));
    case "consumers":
      return rest.length === 0 ? consumers() : consumer(rest.join("/"));
    case "calls":
      return rest.length === 0 ? calls() : call(rest.join("/"));
    case "events":
      return events();
    default:
      return notFound(path);
  }

  function sources(): ApiAnswer {
    return unexpected(parameters, []) ?? ok(ask({ view: "sources" }).rows);
  }

  function source(encodedId: string): ApiAnswer {
    const id = decode(encodedId);
    if (id === null) return notFound(path);
    const parsed = parse("source", sourceQuery, parameters, { id });
    if ("problem" in parsed) return parsed;
    const { meta, rows } = ask(parsed.query);
    if (meta.source === null) return { problem: problem(404, meta.reason) };
    let from = 0;
    const sections = meta.sections.map((section) => {
      const start = from;
      from += section.rows;
      return { ...section, rows: rows.slice(start, from) };
    });
    return ok({ ...meta.source, sections, events: meta.events });
  }

  function streams(): ApiAnswer {
    const parsed = parse("streams", streamsQuery, parameters);
    if ("problem" in parsed) return parsed;
    const { asOf, meta, rows } = ask(parsed.query);
    return ok({ asOf, total: meta.total, items: rows });
  }

  function stream(encodedId: string): ApiAnswer {
    const id = decode(encodedId);
    if (id === null) return notFound(path);
    const parsed = parse("stream", streamQuery, parameters, { id });
    if ("problem" in parsed) return parsed;
    const { meta, rows } = ask(parsed.query);
    if (meta.stream === null) return { problem: problem(404, meta.reason) };
    return ok({
      ...meta.stream,
      facts: meta.facts,
      peek: meta.peek,
      method: meta.method,
      heat: meta.heat,
      consumers: rows.map(withoutSpark),
      consumersTotal: meta.consumersTotal,
      events: meta.events,
    });
  }

  async function message(encodedId: string, number: string): Promise<ApiAnswer> {
    const id = decode(encodedId);
    const sequence = Number(number);
    if (id === null) return notFound(path);
    const bad = unexpected(parameters, []);
    if (bad) return bad;
    if (!/^\d{1,16}$/.test(number) || sequence < 1 || !Number.isSafeInteger(sequence)) {
      return { problem: problem(400, "The number of a message is a whole number from 1 on.") };
    }
    const answer = await peek(id, sequence);
    return "problem" in answer ? answer : ok(answer.message);
  }

  function calls(): ApiAnswer {
    const parsed = parse("calls", callsQuery, parameters);
    if ("problem" in parsed) return parsed;
    const { asOf, meta, rows } = ask(parsed.query);
    return ok({ asOf, total: meta.total, live: meta.live, items: rows });
  }

  function call(encodedId: string): ApiAnswer {
    const id = decode(encodedId);
    if (id === null) return notFound(path);
    const parsed = parse("call", callQuery, parameters, { id });
    if ("problem" in parsed) return parsed;
    const { meta, rows } = ask(parsed.query);
    const series = seriesOf(parsed.query, at, Number.NEGATIVE_INFINITY);
    if (meta.call === null) return { problem: problem(404, meta.reason) };
    const { because, connection, facts, events } = meta;
    return ok({ ...meta.call, because, connection, facts, events, onSameConnection: rows, series });
  }

  function events(): ApiAnswer {
    const parsed = parse("events", eventsQuery, parameters);
    if ("problem" in parsed) return parsed;
    const { asOf, meta, rows } = ask(parsed.query);
    return ok({ asOf, total: meta.total, dropped: meta.dropped, items: rows });
  }

  function consumers(): ApiAnswer {
    const parsed = parse("consumers", consumersQuery, parameters);
    if ("problem" in parsed) return parsed;
    const { asOf, meta, rows } = ask(parsed.query);
    return ok({ asOf, total: meta.total, items: rows.map(withoutSpark) });
  }

  function consumer(encodedId: string): ApiAnswer {
    const id = decode(encodedId);
    if (id === null) return notFound(path);
    const parsed = parse("consumer", consumerQuery, parameters, { id });
    if ("problem" in parsed) return parsed;
    const { meta, rows } = ask(parsed.query);
    if (meta.consumer === null) return { problem: problem(404, meta.reason) };
    return ok({
      ...withoutSpark(meta.consumer),
      positions: rows.map(withoutDate),
      positionsTotal: meta.lanesTotal,
      members: meta.members,
      evidence: meta.evidence,
      events: meta.events,
      streams: meta.streams,
    });
  }
}

/** What can be changed: what Streamside itself keeps, never anything of a source. Null: nothing of that path. */
export function answerChange(path: string, { markLossesSeen }: ApiOptions): ApiAnswer | null {
  const encodedId = /^consumers\/([^/]+)\/losses\/seen$/.exec(path)?.[1];
  if (encodedId === undefined) return null;
  const id = decode(encodedId);
  const messages = id === null ? null : markLossesSeen(id);
  return messages === null
    ? { problem: problem(404, "There is no such consumer now.") }
    : { status: 200, body: { messages } };
}

function parse<S extends z.ZodObject>(
  view: string,
  schema: S,
  parameters: URLSearchParams,
  fixed: Record<string, string> = {},
): { query: z.output<S> } | { problem: Problem } {
  const input = new Map<string, unknown>();
  for (const key of new Set(parameters.keys())) {
    if (key === "view" || Object.hasOwn(fixed, key)) return unknownParameter(key);
    const values = parameters.getAll(key);
    if (key === "status" || key === "kind")
      input.set(
        key,
        values.flatMap((value) => value.split(",")),
      );
    else if (values.length > 1) {
      return {
        problem: problem(
          400,
          `The parameter “${key.slice(0, 100)}” is given ${values.length} times; give it once.`,
        ),
      };
    } else input.set(key, coerce(key, values[0]!));
  }
  const parsed = schema.safeParse({ ...Object.fromEntries(input), ...fixed, view });
  return parsed.success
    ? { query: parsed.data }
    : { problem: schemaProblem("The query string", parsed.error) };
}

/** Text that is not a number or boolean is left as it is, for the schema to name. */
function coerce(key: string, text: string): unknown {
  if (key === "limit" || key === "offset") return numberText.safeParse(text).data ?? text;
  if (key === "reverse" || key === "behindOnly" || key === "fold")
    return booleanText.safeParse(text).data ?? text;
  return text;
}

/** A problem for the first parameter that is none of these; null: there is none. */
export function unexpected(parameters: URLSearchParams, allowed: readonly string[]): ApiAnswer | null {
  const extra = [...parameters.keys()].find((key) => !allowed.includes(key));
  return extra === undefined ? null : unknownParameter(extra);
}

function unknownParameter(key: string): { problem: Problem } {
  return { problem: problem(400, `Unknown parameter “${key.slice(0, 100)}”.`) };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function notFound(path: string): ApiAnswer {
  return {
    problem: problem(
      404,
      `There is no /api/v1/${path.slice(0, 100)}. There are overview, sources, streams, consumers, calls and events, and one of them by its id: sources/{id}, streams/{id}, consumers/{id}, calls/{id}.`,
    ),
  };
}

function withoutSpark<T extends { spark: unknown }>({ spark: _spark, ...rest }: T): Omit<T, "spark"> {
  return rest;
}

/** An age is as of the sample, also where the position was read before that. */
function withoutDate({ id: _id, asOf, backlog, inFlight, ...rest }: PositionView): object {
  const read = (reading: Reading | null) => dated(reading, asOf ?? 0, asOf);
  return { ...rest, backlog: read(backlog), inFlight: read(inFlight) };
}

function withoutId<T extends { id: string }>({ id: _id, ...rest }: T): Omit<T, "id"> {
  return rest;
}
