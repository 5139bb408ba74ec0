import { type Clock, createClock } from "./clock.ts";
import { type Connection, createConnection } from "./connection.ts";
import { createLiveStore, type LiveStore } from "./live-store.ts";
import { createPastStore, type PastStore } from "./past-store.ts";

/** Everything one page shows comes through this: the connection, what is live, what was, and the clock. */
export interface LiveClient {
  readonly connection: Connection;
  readonly store: LiveStore;
  readonly past: PastStore;
  readonly clock: Clock;
  start(): () => void;
}

/** Longer than any pause between two pushes at 1 Hz, shorter than socket.io's own ping timeout. */
const SILENCE_MS = 5_000;

export interface LiveClientOptions {
  /** This machine's clock. */
  readonly now?: () => number;
  readonly connection?: Connection;
}

export function createLiveClient({
  now = Date.now,
  connection = createConnection(now),
}: LiveClientOptions = {}): LiveClient {
  const store = createLiveStore(connection, now);
  const clock = createClock(() => now() + connection.state().clockOffsetMs);
  const past = createPastStore(connection, now);

  return {
    connection,
    store,
    past,
    clock,
    start() {
      connection.start();
      // Ages tick with the data: one render a second instead of two, and no number is newer than the clock beside it.
      const stopListening = connection.listen({
        connected: () => {},
        disconnected: () => {},
        snapshot: clock.nudge,
        delta: clock.nudge,
      });
      const watchdog = setInterval(() => {
        store.askForSilent();
        const heardAt = store.lastHeardAt();
        if (heardAt !== null && connection.isConnected) connection.setSilent(now() - heardAt > SILENCE_MS);
      }, 1_000);
      return () => {
        clearInterval(watchdog);
        stopListening();
        connection.stop();
      };
    },
  };
}
