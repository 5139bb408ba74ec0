import { type ChildProcess, fork } from "node:child_process";
import type { GrpcReady } from "./grpc-worker.ts";

/** The demo's gRPC service as a process: started, killed and started again at the same address. */
export interface GrpcProcess {
  readonly address: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** @param script the built `grpc-worker.js` */
export async function startGrpcProcess(script: string): Promise<GrpcProcess> {
  let { child, address } = await launch(script, 0);
  const port = Number(address.slice(address.lastIndexOf(":") + 1));
  const end = async (how: () => void) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    how();
    await gone;
  };
  return {
    address,
    kill: () => end(() => child.kill("SIGKILL")),
    async restart() {
      await end(() => child.kill("SIGKILL"));
      ({ child, address } = await launch(script, port));
    },
    stop: () => end(() => child.disconnect()),
  };
}

function launch(script: string, port: number): Promise<{ child: ChildProcess; address: string }> {
  return new Promise((resolve, reject) => {
    const child = fork(script, [String(port)], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    child.once("message", (message) => resolve({ child, address: (message as GrpcReady).address }));
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(
        new Error(`The gRPC demo service ended before it was ready (${signal ?? `exit code ${code}`}).`),
      ),
    );
  });
}
