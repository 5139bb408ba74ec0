import { CHAT, UNARY } from "./echo-service.ts";
import type { RawClient } from "./raw-grpc.ts";

/** Messages to a service that echoes them, over lanes: what is sent on one comes back in order. */
export interface EchoWay {
  readonly lanes: number;
  /** @param sentAt what the latency of these messages counts from */
  send(lane: number, count: number, sentAt: number): void;
  /** Told of every reply by when its message was sent. */
  onReplies: (lane: number, sentAt: readonly number[]) => void;
}

export interface Load {
  start(): unknown;
  /** Latencies of the replies since it was asked before, in ms. */
  takeLatencies(): number[];
  /** Sends no more, and waits for the replies that are still due. */
  stop(): Promise<void>;
}

/** A lane is a bidirectional call that stays open. */
export function chatWay(client: RawClient, lanes: number): EchoWay {
  const waiting = Array.from({ length: lanes }, (): number[] => []);
  const calls = waiting.map((sentAt, lane) =>
    client.call(CHAT, {
      onMessages: (count) => way.onReplies(lane, sentAt.splice(0, count)),
      onEnd: () => {
        throw new Error("The server ended a call that was to stay open.");
      },
    }),
  );
  const way: EchoWay = {
    lanes,
    send(lane, count, sentAt) {
      for (let n = 0; n < count; n++) waiting[lane]!.push(sentAt);
      calls[lane]!.send(count);
    },
    onReplies: () => {},
  };
  return way;
}

/** Each message is a call; lanes only limit how many are under way. */
export function unaryWay(client: RawClient, lanes: number): EchoWay {
  const way: EchoWay = {
    lanes,
    send(lane, count, sentAt) {
      for (let n = 0; n < count; n++) {
        const onEnd = () => way.onReplies(lane, [sentAt]);
        client.call(UNARY, { onMessages: () => {}, onEnd }).sendLast();
      }
    },
    onReplies: () => {},
  };
  return way;
}

/** Always `window` messages under way on every lane: the server has never nothing to do. */
export function saturate(way: EchoWay, window: number): Load {
  return load(way, (again) => {
    for (let lane = 0; lane < way.lanes; lane++) again(lane, window, performance.now());
    return {
      onReplies: (lane, count) => again(lane, count, performance.now()),
      stop: () => {},
    };
  });
}

/**
 * An open loop: messages leave when they are due, however late the replies are, and their latency counts from when they
 * were due. It never sleeps, because timers of a millisecond would be most of what it measures.
 */
export function pace(way: EchoWay, perSecond: number): Load {
  return load(way, (send) => {
    const startedAt = performance.now();
    let sent = 0;
    let turn = setImmediate(sendDue);
    function sendDue() {
      const due = Math.floor(((performance.now() - startedAt) * perSecond) / 1_000);
      for (; sent < due; sent++) send(sent % way.lanes, 1, startedAt + (sent * 1_000) / perSecond);
      turn = setImmediate(sendDue);
    }
    return { onReplies: () => {}, stop: () => clearImmediate(turn) };
  });
}

type Send = (lane: number, count: number, sentAt: number) => void;
type Running = { onReplies(lane: number, count: number): void; stop(): void };

function load(way: EchoWay, run: (send: Send) => Running): Load {
  let latencies: number[] = [];
  let due = 0;
  let running: Running | undefined;
  let drained = () => {};
  const send: Send = (lane, count, sentAt) => {
    due += count;
    way.send(lane, count, sentAt);
  };
  way.onReplies = (lane, sentAt) => {
    const now = performance.now();
    for (const at of sentAt) latencies.push(now - at);
    due -= sentAt.length;
    running?.onReplies(lane, sentAt.length);
    if (due === 0) drained();
  };
  return {
    start() {
      latencies = [];
      running = run(send);
    },
    takeLatencies() {
      const taken = latencies;
      latencies = [];
      return taken;
    },
    stop() {
      running?.stop();
      running = undefined;
      return new Promise((resolve) => {
        drained = resolve;
        if (due === 0) resolve();
      });
    },
  };
}
