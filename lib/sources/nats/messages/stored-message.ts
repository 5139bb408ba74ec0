import type { Msg } from "@nats-io/transport-node";
import type { EpochMs } from "../../../model/reading.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { NatsClient } from "../connection/client.ts";
import { apiErrorSchema, fields, ShapeError } from "../jetstream/api-types.ts";

/** What single messages are asked for with. */
export type MessageClient = Pick<NatsClient, "request" | "apiPrefix">;

/** One message as a stream holds it. */
export interface StoredMessage {
  readonly sequence: number;
  readonly subject: string;
  /** When it was stored, EpochMs. */
  readonly at: EpochMs;
  /** As they were published, `NATS/1.0` line included; empty: none. */
  readonly headers: Uint8Array;
  readonly payload: Uint8Array;
}

/** Where and when a message was stored, and how many bytes it took to learn that. */
export interface Sighting {
  readonly sequence: number;
  readonly at: EpochMs;
  readonly bytes: number;
}

interface SightingRequest {
  readonly stream: string;
  /** The lowest sequence it may have. */
  readonly from: number;
  /** What its subject matches; `>` for anything. */
  readonly filter: string;
  /** The stream allows direct gets, which any of its copies answers, and which cost half as much. */
  readonly direct: boolean;
}

/** "No message found". */
const NO_MESSAGE = 10037;

/**
 * The first message from a sequence on that matches a filter; null where there is none. A copy that is behind may answer
 * a direct get: what it has is in the same order with the same times, so that at worst it does not know of the message
 * yet, or still has one that was removed a moment ago. Throws `CollectorError`.
 */
export async function findMessage(client: MessageClient, wanted: SightingRequest): Promise<Sighting | null> {
  if (wanted.direct) {
    const found = await findDirectly(client, wanted).catch((error: unknown) => {
      // Who may ask the API only has to do with that.
      if (error instanceof CollectorError && error.code === "DENIED") return "elsewhere" as const;
      throw error;
    });
    if (found !== "elsewhere") return found;
  }
  const { stream, from, filter } = wanted;
  const answer = await askApi(client, stream, { seq: from, next_by_subj: filter });
  if (answer === null) return null;
  const { subject, message, bytes } = answer;
  return parsed(subject, () => ({
    sequence: sequenceOf(message.seq),
    at: timeOf(message.time),
    bytes,
  }));
}

/** The message with this sequence, asked of the stream's leader; null where there is none. Throws `CollectorError`. */
export async function readMessage(
  client: MessageClient,
  stream: string,
  sequence: number,
): Promise<StoredMessage | null> {
  const answer = await askApi(client, stream, { seq: sequence });
  if (answer === null) return null;
  const { message, subject } = answer;
  return parsed(subject, () => ({
    sequence: sequenceOf(message.seq),
    subject: textOf(message.subject),
    at: timeOf(message.time),
    headers: Buffer.from(textOf(message.hdrs ?? ""), "base64"),
    payload: Buffer.from(textOf(message.data ?? ""), "base64"),
  }));
}

/** `elsewhere`: a mirror answered in the stream's stead, which may hold other messages than the stream does. */
async function findDirectly(
  client: MessageClient,
  { stream, from, filter }: SightingRequest,
): Promise<Sighting | null | "elsewhere"> {
  const subject = `${client.apiPrefix}DIRECT.GET.${stream}`;
  const { headers, data } = await client.request(
    subject,
    JSON.stringify({ seq: from, next_by_subj: filter }),
  );
  if (headers?.code === 404) return null;
  if (headers === undefined || headers.code !== 0) {
    throw refused(subject, headers?.description || "nothing it is documented to answer", headers?.code);
  }
  // The last of each: the message may have headers of these names itself.
  if (headers.values("Nats-Stream").at(-1) !== stream) return "elsewhere";
  return parsed(subject, () => ({
    sequence: sequenceOf(Number(headers.values("Nats-Sequence").at(-1))),
    at: timeOf(headers.values("Nats-Time-Stamp").at(-1)),
    bytes: data.length,
  }));
}

async function askApi(client: MessageClient, stream: string, body: object) {
  const subject = `${client.apiPrefix}STREAM.MSG.GET.${stream}`;
  const answer = await client.request(subject, JSON.stringify(body));
  return parsed(subject, () => {
    const json = fields(readJson(answer), "the answer");
    const failure = apiErrorSchema.safeParse(json);
    if (failure.success) {
      const { err_code, code, description = "no reason given" } = failure.data.error;
      if (err_code === NO_MESSAGE) return null;
      throw refused(subject, description, err_code ?? code);
    }
    return { subject, message: fields(json.message, "the message"), bytes: answer.data.length };
  });
}

function readJson({ data }: Msg): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data));
  } catch {
    throw new ShapeError("it is not JSON");
  }
}

function sequenceOf(value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw new ShapeError("the message has no sequence");
}

function timeOf(value: unknown): EpochMs {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw new ShapeError("the message has no time");
  return at;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  throw new ShapeError("a field of the message is not a text");
}

function parsed<T>(subject: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof ShapeError)) throw cause;
    throw new CollectorError(
      "PROTOCOL",
      `The answer on "${subject}" could not be read: ${cause.message}.`,
      "Does something other than JetStream answer on this subject?",
      { cause },
    );
  }
}

function refused(subject: string, description: string, code: number | undefined): CollectorError {
  return new CollectorError(
    "ANSWERED_ERROR",
    `"${subject}" answered: ${description} (${code ?? "no code"}).`,
    "See the server's log.",
  );
}
