import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LaunchOptions, type LaunchRecipe, launch } from "./local-broker.ts";
import { identify, isAlive } from "./processes.ts";

let cache: string;
let lines: string[];
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "streamside-launch-"));
  lines = [];
});
afterEach(() => rm(cache, { recursive: true, force: true }));

const options = (over: Partial<LaunchOptions> = {}): LaunchOptions => ({
  env: { ...process.env, STREAMSIDE_CACHE: cache },
  log: (line) => lines.push(line),
  ...over,
});

const serves = (ready: string) =>
  `require("fs").writeFileSync(${JSON.stringify(ready)}, ""); setInterval(() => {}, 1e6)`;
const cannotBind = `console.error("[1] [FTL] address already in use"); process.exit(1)`;

/** A broker played by Node: each start runs the next script. */
function recipe(scripts: ((ready: string) => string)[]): LaunchRecipe & { ports: number[][] } {
  const ports: number[][] = [];
  return {
    system: "nats",
    name: "broker",
    version: "1.0",
    portCount: 2,
    ports,
    async prepare(run, given) {
      const ready = run.file("ready");
      const script = scripts[ports.push(given) - 1]?.(ready) ?? "";
      return {
        command: process.execPath,
        args: ["-e", script],
        address: `127.0.0.1:${given[0]}`,
        bindFailure: /address already in use/,
        ready: async () => existsSync(ready),
      };
    },
  };
}

describe("launch", () => {
  it("tries other ports when one was taken between the look and the bind", async () => {
    const r = recipe([() => cannotBind, () => cannotBind, serves]);
    const broker = await launch(r, options());
    const child = identify(broker.pid);
    expect(r.ports).toHaveLength(3);
    expect(new Set(r.ports.flat()).size).toBeGreaterThan(2);
    expect(broker.address).toBe(`127.0.0.1:${r.ports[2]?.[0]}`);
    expect(await readdir(join(cache, "runs"))).toHaveLength(1);
    await broker.stop();
    expect(isAlive(child)).toBe(false);
    expect(await readdir(join(cache, "runs"))).toEqual([]);
  });

  it("does not leave a port that was asked for", async () => {
    const r = recipe([() => cannotBind, serves]);
    await expect(launch(r, options({ port: 4242 }))).rejects.toMatchObject({ code: "port-taken" });
    expect(r.ports.map(([first]) => first)).toEqual([4242]);
  });

  it("shows complaints rather than chatter, and keeps the log", async () => {
    const noise = `console.error("[1] [ERR] the disk is full"); for (let i = 0; i < 30; i++) console.error("[1] [INF] bye")`;
    const failure = launch(recipe([() => noise]), options());
    const kept = join(cache, "logs", "nats-failed-start.log");
    const message = expect.stringMatching(/ended while starting[\s\S]*the disk is full\nThe whole log: /);
    await expect(failure).rejects.toMatchObject({ code: "start-failed", message });
    await expect(failure).rejects.not.toThrow("bye");
    expect(await readFile(kept, "utf8")).toContain("bye");
    expect(await readdir(join(cache, "runs"))).toEqual([]);
  });

  it("leaves nothing when aborted before it answers", async () => {
    const abort = new AbortController();
    const r = recipe([() => "setInterval(() => {}, 1e6)"]);
    const log = (line: string) => line.startsWith("Starting") && setTimeout(() => abort.abort(), 0);
    await expect(launch(r, options({ log, signal: abort.signal }))).rejects.toMatchObject({
      code: "aborted",
    });
    expect(await readdir(join(cache, "runs"))).toEqual([]);
  });

  it("gives up a restart when stopped in the middle of it", async () => {
    const broker = await launch(recipe([serves]), options());
    await broker.kill();
    const restart = broker.restart();
    const stop = broker.stop();
    await expect(restart).rejects.toMatchObject({ name: "BrokerError" });
    await stop;
    expect(await readdir(join(cache, "runs"))).toEqual([]);
  });
});
