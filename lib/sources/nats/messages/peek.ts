import type { PeekedMessage } from "../../../model/source.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { StreamSnapshot } from "../jetstream/snapshot.ts";
import type { Mapped } from "../mapper.ts";
import { type MessageClient, readMessage, type StoredMessage } from "./stored-message.ts";

const MOST_HEADERS = 200;
const LONGEST_VALUE = 2_000;
const PAYLOAD_BYTES = 4_096;

interface PeekTarget {
  readonly client: MessageClient;
  /** The stream's name. */
  readonly stream: string;
}

/** Whom to ask for messages of a stream. Throws `UNAVAILABLE` where there is nobody. */
export function findPeekTarget(
  streamKey: string,
  mapped: Mapped | null,
  clientOf: (stream: StreamSnapshot) => MessageClient | null,
): PeekTarget {
  const row = mapped?.layout.streams.findIndex(({ key }) => key === streamKey) ?? -1;
  const stream = mapped?.snapshot.streams[row];
  if (stream === undefined) {
    throw new CollectorError(
      "UNAVAILABLE",
      `There is no stream ${streamKey.slice(0, 200)} that holds messages now.`,
      "It was deleted, or its source has not been sampled yet.",
    );
  }
  const client = clientOf(stream);
  if (client !== null) return { client, stream: stream.entry.name };
  throw new CollectorError(
    "UNAVAILABLE",
    `Messages of ${stream.entry.name} cannot be read: it belongs to account ${stream.account}.`,
    "Give this source a user of that account under accounts.",
  );
}

/**
 * One message as its stream's leader has it.
 * @param showsPayload whether the configuration allows it; a user of the dashboard may not be meant to read everything
 */
export async function peekMessage(
  { client, stream }: PeekTarget,
  sequence: number,
  showsPayload: boolean,
): Promise<PeekedMessage> {
  const message = await readMessage(client, stream, sequence);
  if (message !== null) return mapPeeked(message, showsPayload);
  throw new CollectorError(
    "UNAVAILABLE",
    `Message ${sequence} of ${stream} is not there.`,
    "It was acknowledged, deleted or removed by a limit of the stream, or it has not been written yet.",
  );
}

export function mapPeeked(message: StoredMessage, showsPayload: boolean): PeekedMessage {
  const { sequence, subject, at, payload } = message;
  return {
    ...{ sequence, subject, at },
    headers: readHeaders(message.headers),
    bytes: payload.length,
    ...(showsPayload ? readPayload(payload) : { payload: null, payloadNote: NOT_ALLOWED }),
  };
}

const NOT_ALLOWED = "Not shown: this source's configuration does not say peekPayload: true.";

function readHeaders(bytes: Uint8Array): PeekedMessage["headers"] {
  const [, ...lines] = new TextDecoder().decode(bytes).split("\r\n");
  return lines.slice(0, MOST_HEADERS).flatMap((line) => {
    const colon = line.indexOf(":");
    if (colon <= 0) return [];
    const value = line.slice(colon + 1).trim();
    const cut = value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value;
    return [{ key: line.slice(0, colon), value: cut }];
  });
}

function readPayload(payload: Uint8Array): Pick<PeekedMessage, "payload" | "payloadNote"> {
  const isCut = payload.length > PAYLOAD_BYTES;
  const text = textOf(payload.subarray(0, PAYLOAD_BYTES), isCut);
  if (text === null) return { payload: null, payloadNote: "Not text." };
  return { payload: text, payloadNote: isCut ? "Its first 4 KiB; the rest is left out." : null };
}

/** Null for what nobody would read. A cut may go through the middle of a character, which is left out. */
function textOf(bytes: Uint8Array, isCut: boolean): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isCut });
    return CONTROL.test(text) ? null : text;
  } catch {
    return null;
  }
}

const CONTROL = /[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]/;
