import { z } from "zod";
import type { PeekedMessage } from "../model/source.ts";
import { askServer, type NoAnswer } from "./ask-server.ts";

const peekedMessage = z.object({
  sequence: z.number(),
  subject: z.string(),
  at: z.number(),
  headers: z.array(z.object({ key: z.string(), value: z.string() })),
  bytes: z.number(),
  payload: z.string().nullable(),
  payloadNote: z.string().nullable(),
});

export type FetchedMessage = { readonly message: PeekedMessage } | NoAnswer;

/** One message of a stream, asked for by a person: not live. Rejects only where `signal` aborts. */
export async function fetchMessage(
  streamId: string,
  sequence: number,
  signal: AbortSignal,
): Promise<FetchedMessage> {
  const path = `streams/${encodeURIComponent(streamId)}/messages/${sequence}`;
  const asked = await askServer(path, peekedMessage, "a message", { signal });
  return "problem" in asked ? asked : { message: asked.answer };
}
