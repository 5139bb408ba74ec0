import { type CallOptions, type Client, Metadata, type MethodDefinition } from "@grpc/grpc-js";

const UNARY_DEADLINE_MS = 2_000;

/** @param giveUpMs cancels the call after so long */
export function invoke<Q, R>(
  client: Client,
  method: MethodDefinition<Q, R>,
  request: Q,
  { deadlineMs = UNARY_DEADLINE_MS, giveUpMs }: { deadlineMs?: number; giveUpMs?: number } = {},
): Promise<R> {
  const options: CallOptions = { deadline: Date.now() + deadlineMs };
  const { path, requestSerialize, responseDeserialize } = method;
  return new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      new Metadata(),
      options,
      (error, response) => {
        clearTimeout(givingUp);
        if (error) reject(error);
        else resolve(response as R);
      },
    );
    const givingUp = giveUpMs === undefined ? undefined : setTimeout(() => call.cancel(), giveUpMs);
  });
}
