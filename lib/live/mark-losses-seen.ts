import { z } from "zod";
import { askServer, type NoAnswer } from "./ask-server.ts";

const marked = z.object({ messages: z.number() });

/** A person has seen what a consumer lost: no alarm any more, unless it loses more. Rejects only where `signal` aborts. */
export async function markLossesSeen(
  consumerId: string,
  signal: AbortSignal,
): Promise<{ readonly messages: number } | NoAnswer> {
  const path = `consumers/${encodeURIComponent(consumerId)}/losses/seen`;
  const asked = await askServer(path, marked, "that it is marked", { signal, method: "POST" });
  return "problem" in asked ? asked : asked.answer;
}
