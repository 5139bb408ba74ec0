/** Test only: a server whose StreamHealth does what no honest one would. */
import { Server, ServerCredentials, type ServerWritableStream } from "@grpc/grpc-js";
import { streamHealthDefinition, type WatchRequest, type WatchResponse } from "@streamside/grpc-health";
import { HealthImplementation } from "grpc-health-check";

export type StrangeWatch = (call: ServerWritableStream<WatchRequest, WatchResponse>) => void;

/** With health, and a StreamHealth that does as told. */
export async function startStrangeTarget(watch: StrangeWatch): Promise<{ address: string; stop(): void }> {
  const server = new Server();
  server.addService(streamHealthDefinition, { Watch: watch });
  new HealthImplementation({ "": "SERVING" }).addToServer(server);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}
