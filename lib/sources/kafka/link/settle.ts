import { CollectorError } from "../../../sample/collector-error.ts";

/** Brokers without an answer in this sample, and why. */
export type Down = Map<number, CollectorError>;

/** The answer, or null and the reason in `down`. */
export async function settle<T>(node: number, down: Down, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof CollectorError)) throw error;
    if (!down.has(node)) down.set(node, error);
    return null;
  }
}
