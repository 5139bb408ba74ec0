import type { ServerResponse } from "node:http";
import type { Problem } from "../../model/problem.ts";

export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

export function sendJson(response: ServerResponse, status: number, body: object): void {
  send(response, status, "application/json; charset=utf-8", body);
}

export function sendProblem(response: ServerResponse, body: Problem): void {
  send(response, body.status, PROBLEM_TYPE, body);
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
