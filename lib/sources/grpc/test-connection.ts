import { systemClock } from "../../async/clock.ts";
import { createGrpcClient, type GrpcClient, type GrpcConnection } from "./connection/client.ts";

export const never = new AbortController().signal;

/** One connection to a target of a test. */
export async function connect(
  target: string,
  requestTimeoutMs = 5_000,
): Promise<{ client: GrpcClient; connection: GrpcConnection }> {
  const options = { id: "test", target, connectTimeoutMs: 5_000, requestTimeoutMs };
  const client = createGrpcClient(options, systemClock);
  return { client, connection: await client.open(never) };
}
