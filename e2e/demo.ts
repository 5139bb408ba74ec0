import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test as base, expect } from "@playwright/test";
import type { DemoCommand, DemoReady, DemoReply } from "../lib/lab/demo-control.ts";
import type { System } from "../lib/model/system.ts";
import type { ConsumerView, SystemView } from "../lib/model/views.ts";
import { watchRows } from "./watched-rows.ts";

/** A running demo: the built one, started as `npm run demo -- --json-ready` starts it, on a free port. */
export interface Demo {
  readonly ready: DemoReady;
  setProducing(system: System, on: boolean): Promise<void>;
  kill(system: System): Promise<void>;
  bringBack(system: System): Promise<void>;
  consumer(id: string): Promise<ConsumerView>;
  system(system: System): Promise<SystemView>;
  stop(): Promise<void>;
}

type Order = DemoCommand extends infer C ? (C extends DemoCommand ? Omit<C, "id"> : never) : never;

export async function startDemo(): Promise<Demo> {
  const script = fileURLToPath(new URL("../dist/demo.js", import.meta.url));
  const child = fork(script, ["--json-ready"], {
    env: { ...process.env, NODE_ENV: "production", STREAMSIDE_PORT: "0" },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const ready = await firstLine(child);
  let lastId = 0;
  const order = (what: Order): Promise<void> => {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      const listen = (reply: unknown) => {
        const { id: about, error } = reply as DemoReply;
        if (about !== id) return;
        child.off("message", listen);
        if (error === null) resolve();
        else reject(new Error(error));
      };
      child.on("message", listen);
      child.send({ ...what, id } as DemoCommand);
    });
  };
  const get = async <T>(path: string): Promise<T> =>
    (await fetch(`${ready.url}/api/v1/${path}`)).json() as Promise<T>;
  return {
    ready,
    setProducing: (system, on) => order({ do: "producing", system, on }),
    kill: (system) => order({ do: "kill", system }),
    bringBack: (system) => order({ do: "return", system }),
    consumer: (id) => get<ConsumerView>(`consumers/${encodeURIComponent(id)}`),
    async system(system) {
      const { systems } = await get<{ systems: SystemView[] }>("overview");
      return systems.find((view) => view.system === system)!;
    },
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null) return resolve();
        child.once("exit", () => resolve());
        child.kill("SIGINT");
      }),
  };
}

function firstLine(child: ChildProcess): Promise<DemoReady> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (chunk) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end >= 0) resolve(JSON.parse(text.slice(0, end)) as DemoReady);
    });
    child.once("exit", (code) =>
      reject(new Error(`The demo ended before it was ready, with exit code ${code}.`)),
    );
  });
}

type Watch = ReturnType<typeof watchRows>;

/** One demo for all tests of a run: they are written to leave it as they found it. Its rows are watched all the while. */
export const test = base.extend<object, { demo: Demo; watched: Watch }>({
  demo: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern.
    async ({}, use) => {
      const demo = await startDemo();
      await use(demo);
      await demo.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  watched: [
    async ({ demo }, use) => {
      const watch = watchRows(demo.ready.url);
      await use(watch);
      await watch.stop();
    },
    { scope: "worker", auto: true },
  ],
  baseURL: async ({ demo }, use) => use(demo.ready.url),
});

export { expect };
