import type { HeldBy } from "../protocol.ts";
import type { LiveCall } from "./live-call.ts";

/** What a call that is held up waits for. Undefined: not known. */
export function heldBy(call: LiveCall, now: number): HeldBy | undefined {
  const { connection } = call;
  if (call.origin.connecting()) return "CONNECTING";
  // Between two attempts a client's call is on no connection.
  if (connection === undefined || call.origin.session() !== connection.session) return undefined;
  const socketHeld = connection.socketHeld(now);
  // Bytes that do not leave come first: a window cannot open before the peer has got them.
  if (socketHeld !== false) return socketHeld ? "SOCKET" : undefined;
  if (connection.sendWindow === undefined) return undefined;
  // Node does not tell the window of a stream. It is all that is left where the connection would take more.
  return connection.sendWindow === 0 ? "CONNECTION_WINDOW" : "STREAM_WINDOW";
}
