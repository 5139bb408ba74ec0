import { type AddressInfo, createServer, type Socket } from "node:net";
import { apiVersionsAnswer } from "./answers.fixture.ts";

const API_VERSIONS = 18;
const FETCH = 1;
const LIST_OFFSETS = 2;
const METADATA = 3;
const OFFSET_FETCH = 9;
const LIST_GROUPS = 16;

/** A Buffer is the answer's body; null leaves the connection hanging; `drop` hangs up. */
export type FakeAnswer = Buffer | null | "drop";

/** Called anew for each request. What is asked after it on the same connection waits for it, as with Kafka. */
type Answering = () => FakeAnswer | Promise<FakeAnswer>;

export interface FakeAnswers {
  metadata: Answering;
  listGroups: Answering;
  offsetFetch: Answering;
  listOffsets: Answering;
  /** Absent: a broker that does not speak it. */
  fetch?: Answering;
  /** Replaces the whole frame of an answer, its length included. */
  frame?(body: Buffer, correlation: number): Buffer;
  /** Takes a request off the broker's hands: true where it did whatever it wanted with the socket. */
  raw?(request: FakeRequest, socket: Socket): boolean;
}

export interface FakeRequest {
  readonly key: number;
  readonly correlation: number;
  /** What the broker would have answered. */
  readonly body: Buffer;
}

export interface FakeBroker {
  readonly port: number;
  readonly answers: FakeAnswers;
  /** When each connection so far was accepted, as `performance.now`. */
  readonly accepted: readonly number[];
  /** Connections accepted so far. */
  connections(): number;
  /** Requests so far, by API key. */
  readonly asked: ReadonlyMap<number, number>;
  /** The same as they came, without their lengths, in order. */
  readonly requests: readonly Buffer[];
  stop(): Promise<void>;
}

/** Speaks just enough Kafka to lie about it. */
export async function startFakeBroker(answers: FakeAnswers): Promise<FakeBroker> {
  const sockets = new Set<Socket>();
  const accepted: number[] = [];
  const asked = new Map<number, number>();
  const requests: Buffer[] = [];
  const server = createServer((socket) => {
    accepted.push(performance.now());
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    let pending = Buffer.alloc(0);
    let answered: Promise<unknown> = Promise.resolve();
    socket.on("data", (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE()) {
        const request = pending.subarray(4, 4 + pending.readInt32BE());
        pending = pending.subarray(4 + request.length);
        answered = answered.then(() => reply(socket, request));
      }
    });
  });
  const reply = async (socket: Socket, request: Buffer) => {
    const key = request.readInt16BE();
    const correlation = request.readInt32BE(4);
    asked.set(key, (asked.get(key) ?? 0) + 1);
    requests.push(request);
    const body = await answerTo(key, answers);
    if (body === null) return new Promise<void>(() => {});
    if (socket.destroyed) return;
    if (body === "drop") return socket.destroy();
    if (answers.raw?.({ key, correlation, body }, socket)) return;
    socket.write(
      key !== API_VERSIONS && answers.frame
        ? answers.frame(body, correlation)
        : frameOf({ key, correlation, body }),
    );
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    answers,
    accepted,
    connections: () => accepted.length,
    asked,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** As a broker that does not lie would send it. */
export function frameOf({ key, correlation, body }: FakeRequest): Buffer {
  const head = Buffer.alloc(key === API_VERSIONS ? 8 : 9);
  head.writeInt32BE(head.length - 4 + body.length);
  head.writeInt32BE(correlation, 4);
  return Buffer.concat([head, body]);
}

function answerTo(key: number, answers: FakeAnswers): FakeAnswer | Promise<FakeAnswer> {
  switch (key) {
    case API_VERSIONS:
      return apiVersionsAnswer([
        ...(answers.fetch ? ([[FETCH, 4, 12]] as const) : []),
        [LIST_OFFSETS, 1, 9],
        [METADATA, 0, 12],
        [OFFSET_FETCH, 1, 9],
        [LIST_GROUPS, 0, 5],
        [API_VERSIONS, 0, 3],
      ]);
    case FETCH:
      return answers.fetch?.() ?? "drop";
    case METADATA:
      return answers.metadata();
    case LIST_GROUPS:
      return answers.listGroups();
    case OFFSET_FETCH:
      return answers.offsetFetch();
    case LIST_OFFSETS:
      return answers.listOffsets();
    default:
      return "drop";
  }
}
