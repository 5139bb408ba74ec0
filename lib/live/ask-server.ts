import { z } from "zod";

/** A server that is there answers in milliseconds; past this, something in between is broken. */
const PATIENCE_MS = 15_000;

const problem = z.object({ title: z.string(), status: z.number(), detail: z.string() });

/** Why there is no answer. `status` 0: nothing was answered at all. */
export interface NoAnswer {
  readonly problem: { readonly status: number; readonly detail: string };
}

/**
 * One request to the API that is not live, for a person who waits for it. Rejects only where `signal` aborts.
 *
 * @param path below `/api/v1/`
 * @param answered what is wanted, in words: "a message"
 */
export async function askServer<T>(
  path: string,
  schema: z.ZodType<T>,
  answered: string,
  {
    signal,
    method = "GET",
    body: asked,
  }: {
    readonly signal: AbortSignal;
    readonly method?: "GET" | "POST" | "DELETE";
    /** Plain data, sent as JSON. */
    readonly body?: object;
  },
): Promise<{ readonly answer: T } | NoAnswer> {
  try {
    const response = await fetch(`/api/v1/${path}`, {
      method,
      ...(asked !== undefined && {
        headers: { "content-type": "application/json" },
        body: JSON.stringify(asked),
      }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    });
    const body: unknown = await response.json();
    return response.ok ? { answer: schema.parse(body) } : { problem: problem.parse(body) };
  } catch (error) {
    if (signal.aborted) throw error;
    const detail =
      error instanceof DOMException && error.name === "TimeoutError"
        ? `Streamside did not answer within ${PATIENCE_MS / 1_000} s.`
        : `Streamside did not answer, or not with ${answered}. Is the page still connected?`;
    return { problem: { status: 0, detail } };
  }
}
