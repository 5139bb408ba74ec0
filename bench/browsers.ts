import { Agent, type ClientRequestArgs } from "node:http";
import { Socket as TcpSocket } from "node:net";
import { io, type ManagerOptions } from "socket.io-client";
import type { LiveQueryInput, SubscribeAck } from "../lib/model/live.ts";
import { range } from "./jetstream-api.ts";
import { CONSUMERS, consumerName, FIRST_PAGE, isMoving } from "./many-consumers.ts";

/** What they look at; of consumers' pages those that move apart from those that stand. */
export const VIEWS = ["overview", "consumers", "consumer_moving", "consumer_standing"] as const;
export type View = (typeof VIEWS)[number];

export const BROWSERS: Readonly<Record<View, number>> = {
  overview: 50,
  consumers: 50,
  consumer_moving: 25,
  consumer_standing: 25,
};
/** Different consumers of each kind that somebody looks at. */
const PAGES = 10;
const PATIENCE_MS = 60_000;

/** What came to the browsers of one view since it was told last. */
export interface Received {
  readonly ms: number;
  readonly bytes: number;
  readonly deltas: number;
  /** Deltas that came to the browser that got the fewest. */
  readonly fewest: number;
}

/** As sockets do, it counts what is on the wire: after compression, with all framing. */
class CountingAgent extends Agent {
  private readonly opened: TcpSocket[] = [];

  override createConnection(...args: [ClientRequestArgs, ...never[]]) {
    const socket = super.createConnection(...args);
    if (socket instanceof TcpSocket) this.opened.push(socket);
    return socket;
  }

  get bytes(): number {
    return this.opened.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  }
}

/** Ids on the first page by name, once the server at `url` knows every consumer; null before. */
export async function firstPage(url: string): Promise<readonly string[] | null> {
  const response = await fetch(`${url}/api/v1/consumers?sort=name&limit=${FIRST_PAGE}`);
  const { total, items } = (await response.json()) as {
    total: number;
    items: readonly { id: string; name: string }[];
  };
  if (total !== CONSUMERS) return null;
  const strange = items.findIndex(({ name }, n) => name !== consumerName(n));
  if (strange >= 0) throw new Error(`Consumer ${strange} by name is ${items[strange]!.name}.`);
  return items.map(({ id }) => id);
}

/** All browsers connected, each with its first snapshot. Ends the process where one of them is lost. */
export async function connectBrowsers(url: string): Promise<() => Readonly<Record<View, Received>>> {
  const ids = await firstPage(url);
  if (ids === null) throw new Error("The server does not know all consumers.");
  const pages = (moving: boolean) => {
    const some = ids.filter((_, consumer) => isMoving(consumer) === moving).slice(0, PAGES);
    return some.map((id): LiveQueryInput => ({ view: "consumer", id }));
  };
  const queries: Record<View, readonly LiveQueryInput[]> = {
    overview: [{ view: "overview" }],
    consumers: [{ view: "consumers", sort: "name", limit: FIRST_PAGE }],
    consumer_moving: pages(true),
    consumer_standing: pages(false),
  };
  const counts = await Promise.all(VIEWS.map((view) => connectView(url, queries[view], BROWSERS[view])));
  return () => Object.fromEntries(VIEWS.map((view, n) => [view, counts[n]!()])) as Record<View, Received>;
}

async function connectView(
  url: string,
  queries: readonly LiveQueryInput[],
  browsers: number,
): Promise<() => Received> {
  const agent = new CountingAgent();
  const deltas = range(browsers).map(() => 0);
  await Promise.all(
    deltas.map((_, n) => connectBrowser(url, agent, queries[n % queries.length]!, () => deltas[n]!++)),
  );
  let [bytesBefore, toldAt] = [agent.bytes, performance.now()];
  return () => {
    const [bytes, now, came] = [agent.bytes, performance.now(), deltas.map((count) => count)];
    const received = {
      ms: now - toldAt,
      bytes: bytes - bytesBefore,
      deltas: came.reduce((sum, count) => sum + count, 0),
      fewest: Math.min(...came),
    };
    deltas.fill(0);
    [bytesBefore, toldAt] = [bytes, now];
    return received;
  };
}

function connectBrowser(
  url: string,
  agent: Agent,
  query: LiveQueryInput,
  onDelta: () => void,
): Promise<void> {
  const socket = io(url, {
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
    // Its types are those of browsers, which have no such thing.
    agent: agent as unknown as NonNullable<ManagerOptions["agent"]>,
  });
  socket.on("delta", onDelta);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("A browser got no snapshot.")), PATIENCE_MS);
    socket.once("connect_error", reject);
    socket.once("disconnect", (reason) => {
      throw new Error(`A browser lost its connection: ${reason}.`);
    });
    socket.once("snapshot", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.emit("subscribe", query, (ack: SubscribeAck) => {
      if (!ack.ok) reject(new Error(ack.problem.detail));
    });
  });
}
