import type { ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Problem } from "../../model/problem.ts";

export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

export function sendJson(response: ServerResponse, status: number, body: object): void {
  send(response, status, "application/json; charset=utf-8", body);
}

export function sendProblem(response: ServerResponse, body: Problem): void {
  send(response, body.status, PROBLEM_TYPE, body);
}

/** What a browser saves. */
export interface SentFile {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Readable;
}

export async function sendFile(
  response: ServerResponse,
  { name, contentType, bytes }: SentFile,
): Promise<void> {
  response.writeHead(200, {
    "content-type": contentType,
    "content-disposition": `attachment; filename="${name}"`,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  // Whoever leaves in the middle is no failure.
  await pipeline(bytes, response).catch(() => response.destroy());
}

function send(response: ServerResponse, status: number, contentType: string, body: object): void {
  response
    .writeHead(status, {
      "content-type": contentType,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    })
    .end(JSON.stringify(body));
}
