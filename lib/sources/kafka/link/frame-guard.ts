import type { Socket } from "node:net";

/** What Kafka itself takes at most. No answer Streamside asks for comes near it: 184,000 positions are 7 MB. */
const LARGEST_FRAME = 100 * 1024 * 1024;
/** A frame holds at least the number of the request it answers. */
const SMALLEST_FRAME = 4;

export interface FrameViolation {
  /** What the bytes are, for people: completes "the answer is …". */
  readonly what: string;
  readonly hint: string;
}

/**
 * Follows the frame lengths of what a peer sends and ends the connection at the first one no Kafka broker would send.
 * The library below does not look: it would wait for 1.2 GB from a web server ("HTTP" read as a length), and throw out
 * of its socket handler, past every catch, on a negative length. Hence bad bytes must not reach its listeners at all,
 * which only `emit` can prevent.
 */
export function guardFrames(socket: Socket, onViolation: (violation: FrameViolation) => void): void {
  const follow = createFrameFollower();
  const emit = socket.emit;
  let ended = false;
  socket.emit = function (this: Socket, event: string | symbol, ...args: unknown[]): boolean {
    if (event === "data") {
      if (ended) return true;
      const violation = follow(args[0] as Buffer);
      if (violation) {
        ended = true;
        onViolation(violation);
        socket.destroy();
        return true;
      }
    }
    return Reflect.apply(emit, this, [event, ...args]);
  } as Socket["emit"];
}

/** Takes chunk after chunk; answers with what is wrong, or null. */
export function createFrameFollower(): (chunk: Buffer) => FrameViolation | null {
  const header = Buffer.alloc(4);
  let headerBytes = 0;
  let remaining = 0;
  return (chunk) => {
    for (let position = 0; position < chunk.length; ) {
      if (remaining > 0) {
        const taken = Math.min(remaining, chunk.length - position);
        remaining -= taken;
        position += taken;
        continue;
      }
      header[headerBytes++] = chunk[position++]!;
      if (headerBytes < 4) continue;
      headerBytes = 0;
      remaining = header.readInt32BE();
      if (remaining < SMALLEST_FRAME || remaining > LARGEST_FRAME) return violationOf(header);
    }
    return null;
  };
}

function violationOf(header: Buffer): FrameViolation {
  if (header.toString("latin1") === "HTTP") {
    return { what: "HTTP: a web server", hint: "Is this the Kafka listener's port?" };
  }
  if (header[0] === 0x15 && header[1] === 0x03) {
    return { what: "TLS", hint: "This listener wants TLS: add a tls section to the source." };
  }
  return {
    what: `a frame of ${header.readInt32BE()} bytes, which is not Kafka`,
    hint: "Is this the Kafka listener's port, and does it want TLS?",
  };
}
