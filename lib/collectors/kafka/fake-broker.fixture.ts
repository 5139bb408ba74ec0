import { type AddressInfo, createServer, type Socket } from "node:net";
import { apiVersionsAnswer } from "./answers.fixture.ts";

const API_VERSIONS = 18;
const LIST_OFFSETS = 2;
const METADATA = 3;
const OFFSET_FETCH = 9;
const LIST_GROUPS = 16;

/** Called anew for each request. A Buffer is the answer's body; null leaves the request hanging; `drop` hangs up. */
export interface FakeAnswers {
  metadata(): Buffer | null | "drop";
  listGroups(): Buffer | null | "drop";
  offsetFetch(): Buffer | null | "drop";
  listOffsets(): Buffer | null | "drop";
  /** Replaces the whole frame of an answer, its length included. */
  frame?(body: Buffer, correlation: number): Buffer;
}

export interface FakeBroker {
  readonly port: number;
  readonly answers: FakeAnswers;
  /** Connections accepted so far. */
  connections(): number;
  stop(): Promise<void>;
}

/** Speaks just enough Kafka to lie about it. */
export async function startFakeBroker(answers: FakeAnswers): Promise<FakeBroker> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    let pending = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE()) {
        const request = pending.subarray(4, 4 + pending.readInt32BE());
        pending = pending.subarray(4 + request.length);
        reply(socket, request);
      }
    });
  });
  const reply = (socket: Socket, request: Buffer) => {
    const key = request.readInt16BE();
    const correlation = request.readInt32BE(4);
    const body = answerTo(key, answers);
    if (body === null) return;
    if (body === "drop") return socket.destroy();
    const header = Buffer.alloc(key === API_VERSIONS ? 4 : 5);
    header.writeInt32BE(correlation);
    const size = Buffer.alloc(4);
    size.writeInt32BE(header.length + body.length);
    const whole = Buffer.concat([size, header, body]);
    socket.write(key !== API_VERSIONS && answers.frame ? answers.frame(body, correlation) : whole);
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    answers,
    connections: () => accepted,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function answerTo(key: number, answers: FakeAnswers): Buffer | null | "drop" {
  switch (key) {
    case API_VERSIONS:
      return apiVersionsAnswer([
        [LIST_OFFSETS, 1, 9],
        [METADATA, 0, 12],
        [OFFSET_FETCH, 1, 9],
        [LIST_GROUPS, 0, 5],
        [API_VERSIONS, 0, 3],
      ]);
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
