import { createServer, type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Problem } from "../../model/problem.ts";
import type { Guard } from "./guard.ts";
import { PROBLEM_TYPE, sendProblem } from "./send.ts";

export interface FrontDoorOptions {
  readonly guard: Guard;
  readonly onRefused: (problem: Problem) => void;
}

/**
 * The server that listens, with a guard in front of all that answers. Handlers of requests and upgrades belong to `inside`,
 * which never listens itself: whatever they are (socket.io and Next add theirs on their own), each is handed only what the
 * guard let in.
 */
export function createFrontDoor(inside: Server, { guard, onRefused }: FrontDoorOptions): Server {
  const refusal = (request: IncomingMessage, isUpgrade: boolean): Problem | null => {
    const { url, method, headersDistinct } = request;
    const isRead = !isUpgrade && (method === "GET" || method === "HEAD");
    const isForOwnPages = !isRead || url?.startsWith("/socket.io/") === true;
    const problem = guard({ url, headersDistinct, localAddress: request.socket.localAddress, isForOwnPages });
    if (problem !== null) onRefused(problem);
    return problem;
  };
  // A missing Host is the guard's to refuse, in words.
  return createServer({ requireHostHeader: false })
    .on("request", (request, response) => {
      const problem = refusal(request, false);
      if (problem === null) inside.emit("request", request, response);
      else sendProblem(response, problem);
    })
    .on("upgrade", (request, socket, head) => {
      const problem = refusal(request, true);
      if (problem === null) inside.emit("upgrade", request, socket, head);
      else refuseUpgrade(socket, problem);
    });
}

/** An upgrade comes without a response to write to. */
function refuseUpgrade(socket: Duplex, problem: Problem): void {
  const body = JSON.stringify(problem);
  socket.on("error", () => {});
  socket.once("finish", () => socket.destroy());
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      `content-type: ${PROBLEM_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      "cache-control: no-store",
      "connection: close",
      "",
      body,
    ].join("\r\n"),
  );
}
