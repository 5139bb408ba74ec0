import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { z } from "zod";
import type { Incident, NewIncident } from "../../model/incident.ts";
import { type Problem, problem, schemaProblem } from "../../model/problem.ts";
import { type SentFile, sendFile, sendJson, sendProblem } from "./send.ts";

/** Spans that somebody has marked. */
export interface Incidents {
  list(): Promise<readonly Incident[]>;
  mark(marked: NewIncident): Promise<Incident | Problem>;
  /** False: there is none of this name. */
  delete(id: string): Promise<boolean>;
  /** One of them as one file; null: there is none of this name. */
  export(id: string): Promise<{ readonly incident: Incident; readonly bytes: Readable } | null>;
}

const BODY_MOST_BYTES = 65_536;
const SPAN_MOST_MS = 7 * 86_400_000;

const newIncident = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    note: z.string().max(10_000).default(""),
    from: z.number(),
    to: z.number(),
  })
  .refine(({ from, to }) => from < to && to - from <= SPAN_MOST_MS, {
    error: "expected from before to, at most 7 days",
    path: ["to"],
  });

type Answer =
  | { readonly status: 200 | 201; readonly body: object }
  | { readonly file: SentFile }
  | { readonly problem: Problem };

/** `/api/v1/incidents`, and below it one of them. Null: nothing of that path or method. */
export async function answerIncidents(
  request: IncomingMessage,
  path: string,
  incidents: Incidents | null,
): Promise<Answer | null> {
  if (path !== "" && !path.startsWith("/")) return null;
  if (incidents === null)
    return { problem: problem(404, "Nothing is recorded here, so nothing can be marked.") };
  const { method } = request;
  const [, id = "", what] = path.split("/");
  if (id === "") {
    if (method === "GET") return { status: 200, body: await incidents.list() };
    return method === "POST" ? mark(request, incidents) : null;
  }
  if (what === undefined && method === "DELETE") {
    return (await incidents.delete(id)) ? { status: 200, body: { id } } : { problem: unknown() };
  }
  if (what !== "export" || method !== "GET") return null;
  const found = await incidents.export(id);
  if (found === null) return { problem: unknown() };
  const name = `${found.incident.id}.streamside`;
  return { file: { name, contentType: "application/x-tar", bytes: found.bytes } };
}

export async function sendIncidents(response: ServerResponse, answer: Answer): Promise<void> {
  if ("problem" in answer) return sendProblem(response, answer.problem);
  if ("body" in answer) return sendJson(response, answer.status, answer.body);
  await sendFile(response, answer.file);
}

async function mark(request: IncomingMessage, incidents: Incidents): Promise<Answer> {
  const text = await bodyOf(request);
  if (text === null) return { problem: problem(400, `What is sent may have ${BODY_MOST_BYTES} bytes.`) };
  const parsed = newIncident.safeParse(jsonOf(text));
  if (!parsed.success) return { problem: schemaProblem("The incident", parsed.error) };
  const marked = await incidents.mark(parsed.data);
  return "status" in marked ? { problem: marked } : { status: 201, body: marked };
}

/** Null: it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_MOST_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unknown(): Problem {
  return problem(404, "There is no such incident.");
}
