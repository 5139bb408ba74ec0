import { connect, type Socket } from "node:net";

/**
 * A gRPC client over cleartext HTTP/2 that writes its frames itself and reads no more of the answers than it must. It
 * takes far less CPU than the server it calls, so that the server is what a load saturates. Each message is a DATA frame,
 * as gRPC libraries send them.
 */
export interface RawClient {
  /** Its messages have `messageBytes` bytes, and so must the answers. */
  call(path: string, listener: RawListener): RawCall;
  close(): void;
}

export interface RawListener {
  onMessages(count: number): void;
  /** The trailers have come. */
  onEnd(): void;
}

export interface RawCall {
  send(count: number): void;
  /** One message, and no more to come. */
  sendLast(): void;
}

const FrameType = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
} as const;
const END_STREAM = 1;
const END_HEADERS = 4;
const ACK = 1;
const HEADER_BYTES = 9;
const PREFIX_BYTES = 5;
const LARGEST_WINDOW = 2 ** 31 - 1;
const FIRST_WINDOW = 65_535;
/** Told to the server as read in such steps. */
const READ_STEP = 2 ** 24;

/** @param connections that calls are spread over in turns */
export async function connectRaw(
  address: string,
  connections: number,
  messageBytes: number,
): Promise<RawClient> {
  const open = await Promise.all(
    Array.from({ length: connections }, () => openConnection(address, messageBytes)),
  );
  let turn = 0;
  return {
    call(path, listener) {
      turn = (turn + 1) % open.length;
      return open[turn]!.call(path, listener);
    },
    close() {
      for (const connection of open) connection.close();
    },
  };
}

interface OpenCall {
  readonly listener: RawListener;
  bytes: number;
  unread: number;
  window: number;
}

/** Data that waits for a window: what is behind it waits too. */
interface Waiting {
  readonly id: number;
  readonly call: OpenCall;
  readonly bytes: Buffer;
}

async function openConnection(address: string, messageBytes: number): Promise<RawClient> {
  const socket = await connected(address);
  const calls = new Map<number, OpenCall>();
  const message = messageFrame(messageBytes);
  const headers = new Map<string, Buffer>();
  const waiting: Waiting[] = [];
  let lastId = -1;
  let unread = 0;
  let window = FIRST_WINDOW;
  let closed = false;

  const write = (bytes: Buffer) => {
    // What is written in one turn leaves together.
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    socket.write(bytes);
  };
  const writeData = (id: number, call: OpenCall, bytes: Buffer) => {
    // Headers of frames do not count.
    const counted = bytes.length - (bytes.length / message.length) * HEADER_BYTES;
    if (waiting.length > 0 || Math.min(window, call.window) < counted) {
      waiting.push({ id, call, bytes });
      return;
    }
    window -= counted;
    call.window -= counted;
    write(bytes);
  };
  const onFrame = (type: number, flags: number, id: number, payload: Buffer) => {
    switch (type) {
      case FrameType.data: {
        const call = calls.get(id)!;
        call.bytes += payload.length;
        const count = Math.floor(call.bytes / (PREFIX_BYTES + messageBytes));
        call.bytes -= count * (PREFIX_BYTES + messageBytes);
        if (count > 0) call.listener.onMessages(count);
        unread += payload.length;
        call.unread += payload.length;
        if (unread >= READ_STEP) {
          write(windowUpdate(0, unread));
          unread = 0;
        }
        if (call.unread >= READ_STEP) {
          write(windowUpdate(id, call.unread));
          call.unread = 0;
        }
        break;
      }
      case FrameType.settings:
        if ((flags & ACK) === 0) write(frame(FrameType.settings, ACK, 0));
        break;
      case FrameType.ping:
        if ((flags & ACK) === 0) write(frame(FrameType.ping, ACK, 0, payload));
        break;
      case FrameType.windowUpdate: {
        const call = calls.get(id);
        if (id === 0) window += payload.readUInt32BE();
        else if (call !== undefined) call.window += payload.readUInt32BE();
        for (const { id, call, bytes } of waiting.splice(0)) writeData(id, call, bytes);
        break;
      }
      case FrameType.reset:
      case FrameType.goAway:
        throw new Error(
          `The server ended ${id === 0 ? "a connection" : "a call"}: ${payload.toString("hex")}`,
        );
    }
    if ((flags & END_STREAM) !== 0 && (type === FrameType.headers || type === FrameType.data)) {
      const call = calls.get(id)!;
      calls.delete(id);
      call.listener.onEnd();
    }
  };

  socket.on("data", frameReader(onFrame));
  socket.on("close", () => {
    if (!closed) throw new Error("The server closed a connection.");
  });
  write(Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  write(frame(FrameType.settings, 0, 0, initialWindow(LARGEST_WINDOW)));
  write(windowUpdate(0, LARGEST_WINDOW - FIRST_WINDOW));

  return {
    call(path, listener) {
      lastId += 2;
      const id = lastId;
      const call: OpenCall = { listener, bytes: 0, unread: 0, window: FIRST_WINDOW };
      calls.set(id, call);
      let block = headers.get(path);
      if (block === undefined) {
        block = frame(FrameType.headers, END_HEADERS, 0, headerBlock(path));
        headers.set(path, block);
      }
      write(withId(block, id));
      let ready = Buffer.alloc(0);
      return {
        send(count) {
          const bytes = count * message.length;
          if (ready.length < bytes) {
            const one = withId(message, id);
            ready = Buffer.concat(Array.from({ length: count }, () => one));
          }
          writeData(id, call, ready.subarray(0, bytes));
        },
        sendLast() {
          const last = withId(message, id);
          last[4] = END_STREAM;
          writeData(id, call, last);
        },
      };
    },
    close() {
      closed = true;
      socket.destroy();
    },
  };
}

function connected(address: string): Promise<Socket> {
  const [host, port] = address.split(":");
  return new Promise((resolve, reject) => {
    const socket = connect({ host: host!, port: Number(port), noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Cuts what comes into frames. */
function frameReader(
  onFrame: (type: number, flags: number, id: number, payload: Buffer) => void,
): (chunk: Buffer) => void {
  let rest: Buffer | undefined;
  return (chunk) => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      onFrame(
        bytes[at + 3]!,
        bytes[at + 4]!,
        bytes.readUInt32BE(at + 5),
        bytes.subarray(at + HEADER_BYTES, end),
      );
      at = end;
    }
    rest = at === bytes.length ? undefined : bytes.subarray(at);
  };
}

function frame(type: number, flags: number, id: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(id, 5);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

function withId(template: Buffer, id: number): Buffer {
  const bytes = Buffer.from(template);
  bytes.writeUInt32BE(id, 5);
  return bytes;
}

function messageFrame(messageBytes: number): Buffer {
  const payload = Buffer.alloc(PREFIX_BYTES + messageBytes, 42);
  payload[0] = 0;
  payload.writeUInt32BE(messageBytes, 1);
  return frame(FrameType.data, 0, 0, payload);
}

function windowUpdate(id: number, increment: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(increment);
  return frame(FrameType.windowUpdate, 0, id, payload);
}

function initialWindow(size: number): Buffer {
  const payload = Buffer.alloc(6);
  payload.writeUInt16BE(4);
  payload.writeUInt32BE(size, 2);
  return payload;
}

/** HPACK without its tables: what is in the static one by its number, the rest spelled out. */
function headerBlock(path: string): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value, "latin1")]);
  return Buffer.concat([
    // :method POST, :scheme http
    Buffer.from([0x83, 0x86]),
    // :path, :authority, content-type, te
    ...[Buffer.from([0x04]), text(path)],
    ...[Buffer.from([0x01]), text("bench")],
    ...[Buffer.from([0x0f, 0x10]), text("application/grpc")],
    ...[Buffer.from([0x00]), text("te"), text("trailers")],
  ]);
}
