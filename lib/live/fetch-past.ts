import { z } from "zod";
import { writeInstant } from "../model/instant.ts";
import type { Kept } from "../model/kept.ts";
import type { EpochMs } from "../model/reading.ts";
import { SEVERITIES } from "../model/status.ts";
import { askServer } from "./ask-server.ts";

const number = z.number();
const kept = z.discriminatedUnion("isOn", [
  z.object({ isOn: z.literal(false) }),
  z.object({
    isOn: z.literal(true),
    dir: z.string(),
    keepMs: number,
    maxBytes: number,
    trouble: z.string().nullable(),
    from: number.nullable(),
    to: number.nullable(),
    bytes: number,
    bytesPerDay: number.nullable(),
  }),
]) satisfies z.ZodType<Kept>;

/** What is kept of the past; null where the server does not say. Rejects only where `signal` aborts. */
export async function fetchKept(signal: AbortSignal): Promise<Kept | null> {
  const asked = await askServer("recordings", kept, "what is kept", { signal });
  return "answer" in asked ? asked.answer : null;
}

const mark = z.object({
  at: number,
  count: number,
  severity: z.enum(SEVERITIES).nullable(),
  title: z.string(),
  entity: z.string().nullable(),
});

/** What happened around a moment, as many events as there is room for. */
export type Mark = z.infer<typeof mark>;

/** What happened in a span; null where the server does not say. Rejects only where `signal` aborts. */
export async function fetchMarks(
  from: EpochMs,
  to: EpochMs,
  signal: AbortSignal,
): Promise<readonly Mark[] | null> {
  const path = `marks?from=${writeInstant(from)}&to=${writeInstant(to)}`;
  const asked = await askServer(path, z.array(mark), "what happened", { signal });
  return "answer" in asked ? asked.answer : null;
}
