import type { ChildProcess } from "node:child_process";
import { askPart } from "./child.ts";
import { CHAT, MESSAGE_BYTES } from "./echo-service.ts";
import type { Work } from "./paired.ts";
import { connectRaw, type RawCall } from "./raw-grpc.ts";
import { atMost, type Metric, told } from "./report.ts";

/** What a server tells of its memory when it is asked `memory`, after all garbage was collected. */
export interface Memory {
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** What a watcher tells when it is asked `watched`. */
export interface Watched {
  readonly bytes: number;
  readonly responses: number;
}

export const CALLS = 10_000;
const CONNECTIONS = 10;
/** Of the calls, in a second. */
const MOVING = CALLS / 10;
const MOVES_A_SECOND = 10;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export interface ManyCalls {
  /** What one of them takes, in bytes. */
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly moving: { stop(): void; start(): void };
  close(): void;
}

/** Opens bidirectional calls that each send a message, get it back, and then stay. */
export async function openMany(server: ChildProcess): Promise<ManyCalls> {
  const client = await connectRaw(await askPart<string>(server, "address"), CONNECTIONS, MESSAGE_BYTES);
  const before = await askPart<Memory>(server, "memory");
  const calls: RawCall[] = [];
  let back = 0;
  while (calls.length < CALLS) {
    for (let n = 0; n < 100; n++) {
      const call = client.call(CHAT, { onMessages: (count) => (back += count), onEnd: () => {} });
      call.send(1);
      calls.push(call);
    }
    while (back < calls.length) await sleep(1);
  }
  const after = await askPart<Memory>(server, "memory");
  let timer: NodeJS.Timeout | undefined;
  let turn = 0;
  const move = () => {
    for (let n = 0; n < MOVING / MOVES_A_SECOND; n++) calls[(turn++ % MOVING) * MOVES_A_SECOND]!.send(1);
  };
  return {
    heapBytes: (after.heapBytes - before.heapBytes) / CALLS,
    rssBytes: (after.rssBytes - before.rssBytes) / CALLS,
    moving: {
      start() {
        timer = setInterval(move, 1_000 / MOVES_A_SECOND);
      },
      stop: () => clearInterval(timer),
    },
    close: () => client.close(),
  };
}

/**
 * What a live call takes in memory, with and without, and what it costs the server to tell one watcher of all of them
 * once a second.
 */
export async function measureLiveCalls(
  plain: ChildProcess,
  counted: ChildProcess,
  startWatcher: (address: string) => ChildProcess,
  watchMs: number,
): Promise<Metric[]> {
  const without = await openMany(plain);
  without.close();
  const withIt = await openMany(counted);
  const unwatched = await shareOf(counted, watchMs);
  withIt.moving.start();
  const unwatchedMoving = await shareOf(counted, watchMs);
  withIt.moving.stop();
  const watcher = startWatcher(await askPart<string>(counted, "address"));
  // The first response is of all calls.
  while ((await askPart<Watched>(watcher, "watched")).responses < 3) await sleep(100);
  const idle = await watch(counted, watcher, watchMs);
  withIt.moving.start();
  await sleep(1_000);
  const moving = await watch(counted, watcher, watchMs);
  withIt.moving.stop();
  withIt.close();
  return [
    told("live_calls", CALLS, ""),
    atMost("bytes_per_call", withIt.heapBytes - without.heapBytes, "B", 1_024),
    told("bytes_per_call_plain", without.heapBytes, "B"),
    told("rss_per_call", withIt.rssBytes - without.rssBytes, "B"),
    told("watch_idle_cpu", (idle.share - unwatched) * 100, "% of a core"),
    told("watch_idle_bytes", idle.bytesPerSecond, "B/s"),
    told("watch_idle_block_ms", idle.blockMs, "ms"),
    told("watch_moving_cpu", (moving.share - unwatchedMoving) * 100, "% of a core"),
    told("watch_moving_bytes", moving.bytesPerSecond, "B/s"),
    told("watch_moving_block_ms", moving.blockMs, "ms"),
  ];
}

async function shareOf(server: ChildProcess, ms: number): Promise<number> {
  const before = await askPart<Work>(server, "work");
  await sleep(ms);
  const after = await askPart<Work>(server, "work");
  return (after.cpuUs - before.cpuUs) / 1_000 / (after.atMs - before.atMs);
}

async function watch(server: ChildProcess, watcher: ChildProcess, ms: number) {
  const before = await askPart<Watched>(watcher, "watched");
  await askPart(server, "blocked");
  const share = await shareOf(server, ms);
  const blockMs = await askPart<number>(server, "blocked");
  const after = await askPart<Watched>(watcher, "watched");
  return { share, blockMs, bytesPerSecond: ((after.bytes - before.bytes) * 1_000) / ms };
}
