import { setMaxListeners } from "node:events";
import type { Clock } from "../../../../async/clock.ts";
import { mapConcurrently } from "../../../../async/map-concurrently.ts";
import type { GrpcConnection } from "../../connection/client.ts";
import { createOffer, REFUSAL_MEMORY_MS } from "../offer.ts";
import type { ChannelzFindings, Way } from "../ways.ts";
import { createChannelzAsking, isUnreadable, orUnread } from "./channelz-asking.ts";
import type { RawServer, RawSocket } from "./channelz-definition.ts";
import { createClientSide } from "./client-side.ts";
import { addressOf, idOf, plainAddress, timeOf } from "./raw-values.ts";
import { createServerTally, type ServerEntry, serverSection } from "./server-section.ts";
import { createSocketBook, type HeldSocket } from "./socket-book.ts";
import { createTargetClock } from "./target-clock.ts";

export interface ChannelzWayOptions {
  readonly connection: GrpcConnection;
  readonly target: string;
  readonly clock: Clock;
}

/** Not asked more often than that, however often it is read. */
const EVERY_MS = 900;
/** Connections read in a sample, Streamside's own besides: half a millisecond each, most of it here. */
const SOCKETS_A_SAMPLE = 100;
const AT_ONCE = 32;
/** After so long a sample leaves the rest to the next one. */
const TIME_A_SAMPLE_MS = 500;
const MOST_SERVERS = 20;
const MOST_LISTENERS = 5;
/** A server that names new ones without end does not fill the memory. */
const MOST_REMEMBERED = 1_000;

/**
 * Reads what channelz tells of the servers, connections and channels of one process. Where there are very many
 * connections, each has its turn: new and busy ones first.
 */
export function createChannelzWay({ connection, target, clock }: ChannelzWayOptions): Way<ChannelzFindings> {
  const offer = createOffer(target, "/grpc.channelz.v1.Channelz", clock);
  const asking = createChannelzAsking(connection);
  const book = createSocketBook(asking);
  const targetClock = createTargetClock();
  const clientSide = createClientSide(asking, targetClock, clock);
  const tally = createServerTally();
  const listeners = new Map<number, string>();
  const ownAddress = connection.localAddress && plainAddress(connection.localAddress);
  let own: HeldSocket | null = null;
  let findings: ChannelzFindings | null = null;

  const readSocket = async (held: HeldSocket, signal: AbortSignal): Promise<void> => {
    const sentAt = clock.now();
    let raw: RawSocket | null;
    try {
      raw = await asking.socket(held.id, signal);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      held.restsUntil = clock.now() + REFUSAL_MEMORY_MS;
      return;
    }
    if (raw === null) return book.drop(held.id);
    const at = clock.now();
    if (held !== own && ownAddress !== null && addressOf(raw.remote) === ownAddress) own = held;
    if (held === own) {
      const { lastRemoteStreamCreatedTimestamp: stream, lastMessageReceivedTimestamp: message } =
        raw.data ?? {};
      const newest = [timeOf(stream), timeOf(message)].filter((time) => !Number.isNaN(time));
      if (newest.length > 0) targetClock.learn(Math.max(...newest), sentAt, at);
    }
    book.read(held.id, raw, targetClock, at);
  };

  const readSockets = async (signal: AbortSignal): Promise<void> => {
    const until = clock.elapsed() + TIME_A_SAMPLE_MS;
    await mapConcurrently(
      book.turn(SOCKETS_A_SAMPLE, clock.now()).filter((held) => held !== own),
      AT_ONCE,
      async (held) => {
        if (clock.elapsed() < until) await readSocket(held, signal);
      },
    );
  };

  const listensOn = async ({ listenSocket = [] }: RawServer, signal: AbortSignal): Promise<string[]> => {
    const addresses: string[] = [];
    for (const { socketId, name = "" } of listenSocket.slice(0, MOST_LISTENERS)) {
      const id = idOf(socketId);
      if (id !== null && !listeners.has(id)) {
        const raw = await asking.socket(id, signal).catch(orUnread);
        if (listeners.size >= MOST_REMEMBERED) listeners.clear();
        listeners.set(id, (raw && addressOf(raw.local)) || name);
      }
      addresses.push((id !== null && listeners.get(id)) || name);
    }
    return addresses.filter((address) => address !== "");
  };

  const look = async (signal: AbortSignal): Promise<ChannelzFindings> => {
    const asOf = clock.now();
    // Every request listens to it.
    setMaxListeners(2 * AT_ONCE, signal);
    const told = await asking.servers(signal);
    const servers = byId(told.servers);
    // It tells what time it is there.
    if (own !== null) await readSocket(own, signal);
    await book.list([...servers.keys()], signal);
    await readSockets(signal);
    const others = [...book.held.values()].filter((held) => held !== own);
    const ownPart = own === null ? null : { serverId: own.serverId, counts: told.own };
    const entries: ServerEntry[] = [];
    for (const [id, server] of servers) {
      entries.push({
        id,
        name: server.ref?.name ?? "",
        listens: await listensOn(server, signal),
        connections: others.reduce((count, { serverId }) => (serverId === id ? count + 1 : count), 0),
        calls: tally(server, ownPart),
      });
    }
    const sections = [serverSection(entries, own !== null, asOf), ...(await clientSide(signal))];
    const sockets = others.flatMap(({ socket }) => (socket === null ? [] : [socket]));
    return { sockets, totalSockets: others.length, sections, asOf };
  };

  return {
    async read(signal) {
      if (findings !== null && clock.now() - findings.asOf < EVERY_MS) return findings;
      findings = await offer(() => look(signal));
      return findings;
    },
    close() {},
  };
}

function byId(servers: readonly RawServer[]): Map<number, RawServer> {
  const found = new Map<number, RawServer>();
  for (const server of servers) {
    const id = idOf(server.ref?.serverId);
    if (id !== null && found.size < MOST_SERVERS) found.set(id, server);
  }
  return found;
}
