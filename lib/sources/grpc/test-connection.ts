import { createGrpcClient, type GrpcClient, type GrpcConnection } from "./connection/client.ts";

export const never = new AbortController().signal;

/** One connection to a target of a test. */
export async function connect(
  target: string,
  requestTimeoutMs = 5_000,
): Promise<{ client: GrpcClient; connection: GrpcConnection }> {
  const client = createGrpcClient({ id: "test", target, connectTimeoutMs: 5_000, requestTimeoutMs });
  return { client, connection: await client.open(never) };
}
