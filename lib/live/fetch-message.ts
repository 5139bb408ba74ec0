import { z } from "zod";
import type { PeekedMessage } from "../model/source.ts";

/** A server that has the message looks it up in milliseconds; past this, something in between is broken. */
const PATIENCE_MS = 15_000;

const peekedMessage = z.object({
  sequence: z.number(),
  subject: z.string(),
  at: z.number(),
  headers: z.array(z.object({ key: z.string(), value: z.string() })),
  bytes: z.number(),
  payload: z.string().nullable(),
  payloadNote: z.string().nullable(),
});
const problem = z.object({ title: z.string(), status: z.number(), detail: z.string() });

export type FetchedMessage =
  | { readonly message: PeekedMessage }
  /** `status` 0: nothing was answered at all. */
  | { readonly problem: { readonly status: number; readonly detail: string } };

/** One message of a stream, asked for by a person: not live. Rejects only where `signal` aborts. */
export async function fetchMessage(
  streamId: string,
  sequence: number,
  signal: AbortSignal,
): Promise<FetchedMessage> {
  const path = `/api/v1/streams/${encodeURIComponent(streamId)}/messages/${sequence}`;
  try {
    const answer = await fetch(path, { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]) });
    const body: unknown = await answer.json();
    return answer.ok ? { message: peekedMessage.parse(body) } : { problem: problem.parse(body) };
  } catch (error) {
    if (signal.aborted) throw error;
    const detail =
      error instanceof DOMException && error.name === "TimeoutError"
        ? `Streamside did not answer within ${PATIENCE_MS / 1_000} s.`
        : "Streamside did not answer, or not with a message. Is the page still connected?";
    return { problem: { status: 0, detail } };
  }
}
