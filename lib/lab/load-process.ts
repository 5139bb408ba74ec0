import { fork } from "node:child_process";
import { SYSTEM_NAMES, type System } from "../model/system.ts";
import type { LoadCommand, LoadReport } from "./load-worker.ts";

/** The demo's load as a process. */
export interface LoadProcess {
  start(system: System, address: string): void;
  setProducing(system: System, on: boolean): void;
  stop(): Promise<void>;
}

/** @param script the built `load-worker.js` · @param say tells a person, one line at a time */
export function startLoadProcess(script: string, say: (line: string) => void): LoadProcess {
  const child = fork(script, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  let stopping = false;
  const send = (command: LoadCommand) => {
    if (child.connected) child.send(command);
  };
  child.on("message", (message) => {
    const report = message as LoadReport;
    const name = SYSTEM_NAMES[report.system];
    switch (report.type) {
      case "running":
        say(`${name} load: ${report.describe.join("; ")}`);
        return;
      case "failed":
        say(`${name} load did not start: ${report.message}`);
        return;
      case "log":
        say(`${name} load: ${report.line}`);
        return;
    }
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  void gone.then(() => {
    if (!stopping) say("The load generator ended by itself; the dashboard goes on without new traffic.");
  });
  return {
    start: (system, address) => send({ type: "start", system, address, scale: 1 }),
    setProducing: (system, on) => send({ type: "producing", system, on }),
    async stop() {
      stopping = true;
      send({ type: "stop" });
      await gone;
    },
  };
}
