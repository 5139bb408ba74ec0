import type { Server as HttpServer } from "node:http";
import { type Socket as AnySocket, Server } from "socket.io";
import { z } from "zod";
import { isInstant } from "../../model/instant.ts";
import {
  type ClientToServerEvents,
  type LiveQuery,
  liveQuery,
  type PastAck,
  type ServerToClientEvents,
} from "../../model/live.ts";
import { problem, schemaProblem } from "../../model/problem.ts";
import type { EpochMs } from "../../model/reading.ts";
import { LiveQueries, type LiveQueriesOptions, MAX_LIVE_QUERIES } from "./live-queries.ts";

/** Live queries one browser may hold: an overview needs two, a page one or two. */
const MAX_QUERIES_PER_SOCKET = 20;

/** The room of clients left out of this round. No query is called this. */
const SLOW = "slow";

type Socket = AnySocket<ClientToServerEvents, ServerToClientEvents>;

const keySchema = z.string().min(1).max(4096);

export interface SocketGatewayOptions {
  /** What it is attached to; who may ask is decided in front of it. */
  readonly http: HttpServer;
  readonly evaluate: LiveQueriesOptions["evaluate"];
  readonly seriesOf: LiveQueriesOptions["seriesOf"];
  readonly versionOf: LiveQueriesOptions["versionOf"];
  readonly now: () => EpochMs;
  /** A view as it was at a moment; null: nothing is recorded. */
  readonly past: ((query: LiveQuery, at: EpochMs) => Promise<PastAck>) | null;
}

export interface SocketGateway {
  /** Evaluates and pushes; call once a tick. */
  tick(now: EpochMs): void;
  /** The same for the pages of these consumers alone. */
  tickConsumers(ids: ReadonlySet<string>, now: EpochMs): void;
  /** Ids of the consumers whose page somebody looks at. */
  watchedConsumers(): readonly string[];
  counts(): { clients: number; queries: number };
  close(): Promise<void>;
}

/** Live queries over socket.io: one room a query, snapshots to one, deltas to the room, dropped where a client is slow. */
export function createSocketGateway({
  http,
  evaluate,
  seriesOf,
  versionOf,
  now,
  past,
}: SocketGatewayOptions): SocketGateway {
  const io = new Server<ClientToServerEvents, ServerToClientEvents>(http, {
    serveClient: false,
    perMessageDeflate: false,
    // A query is a few hundred bytes; nothing larger is meant well.
    maxHttpBufferSize: 16_384,
  });
  const queries = new LiveQueries({
    evaluate,
    seriesOf,
    versionOf,
    broadcast: (message) => io.to(message.key).except(SLOW).emit("delta", message),
  });

  io.on("connection", (socket) => {
    const keys = new Set<string>();
    socket.on("subscribe", (input, ack) => {
      if (typeof ack !== "function") return;
      const parsed = liveQuery.safeParse(input);
      if (!parsed.success) {
        ack({ ok: false, problem: schemaProblem("The query", parsed.error) });
        return;
      }
      if (keys.size >= MAX_QUERIES_PER_SOCKET && !keys.has(queries.nameOf(parsed.data) ?? "")) {
        ack({
          ok: false,
          problem: problem(
            429,
            `This connection already has ${MAX_QUERIES_PER_SOCKET} live queries; unsubscribe one first.`,
          ),
        });
        return;
      }
      const snapshot = queries.watch(socket.id, parsed.data, now());
      if (snapshot === null) {
        ack({
          ok: false,
          problem: problem(
            429,
            `The server already evaluates ${MAX_LIVE_QUERIES} different live queries; try again later.`,
          ),
        });
        return;
      }
      keys.add(snapshot.key);
      void socket.join(snapshot.key);
      ack({ ok: true, key: snapshot.key });
      socket.emit("snapshot", snapshot);
    });
    socket.on("past", (input, at, ack) => {
      if (typeof ack !== "function") return;
      const parsed = liveQuery.safeParse(input);
      if (!parsed.success) return ack({ ok: false, problem: schemaProblem("The query", parsed.error) });
      if (!isInstant(at)) return ack({ ok: false, problem: problem(400, "That is no instant.") });
      if (past === null) return ack({ ok: false, problem: problem(404, "History is switched off.") });
      void past(parsed.data, at).then(ack);
    });
    socket.on("unsubscribe", (input) => {
      const parsed = keySchema.safeParse(input);
      if (!parsed.success || !keys.delete(parsed.data)) return;
      queries.unwatch(socket.id, parsed.data);
      void socket.leave(parsed.data);
    });
    socket.on("resync", (input) => {
      const parsed = keySchema.safeParse(input);
      if (!parsed.success) return;
      const snapshot = queries.resync(socket.id, parsed.data, now());
      if (snapshot !== null) socket.emit("snapshot", snapshot);
    });
    socket.on("disconnect", () => queries.unwatchAll(socket.id));
  });

  const leaveOutTheSlow = () => {
    for (const socket of io.sockets.sockets.values()) {
      if (isBehind(socket)) void socket.join(SLOW);
      else void socket.leave(SLOW);
    }
  };

  return {
    tick(at) {
      leaveOutTheSlow();
      queries.tick(at);
    },
    tickConsumers(ids, at) {
      leaveOutTheSlow();
      queries.tickConsumers(ids, at);
    },
    watchedConsumers: () => queries.watchedConsumers(),
    counts: () => ({ clients: io.engine.clientsCount, queries: queries.size }),
    close: () => io.close(),
  };
}

/**
 * Whether a client has not taken the last round yet. Such a client is left out of this one, so that it skips frames and
 * never grows a queue; it notices the missing number and asks for a snapshot. socket.io's `volatile` cannot serve here: it
 * drops every second message of the same instant, because the first makes the transport busy.
 */
function isBehind({ conn }: Socket): boolean {
  // A polling transport is rightly not writable between two polls; one that stops polling is closed by its ping.
  return conn.transport.name === "websocket" && !conn.transport.writable;
}
