/** The demo's gRPC service in a process of its own, so that it can die like a real one. */
import { startGrpcDemoService } from "./grpc-demo-service.ts";

/** Worker to parent, once. */
export interface GrpcReady {
  readonly type: "ready";
  readonly address: string;
}

const service = await startGrpcDemoService({ host: "127.0.0.1", port: Number(process.argv[2] ?? 0) });
process.send?.({ type: "ready", address: service.address } satisfies GrpcReady);

async function leave(): Promise<void> {
  setTimeout(() => process.exit(0), 2_000).unref();
  await service.stop();
  process.exit(0);
}
process.on("message", () => void leave());
process.on("disconnect", () => void leave());
process.on("SIGINT", () => {});
