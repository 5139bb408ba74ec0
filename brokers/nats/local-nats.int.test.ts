import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isFree } from "../free-port.ts";
import { findNats, reapLeftovers, startLocalNats } from "../index.ts";
import { identify, isAlive } from "../processes.ts";
import { askNatsInfo, parseNatsAddress } from "./nats-probe.ts";
import { getNatsToolchain } from "./nats-toolchain.ts";

const timeout = 120_000;
let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "streamside-nats-"));
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

/** An environment with a cache of its own, in which the server that tests use counts as installed. */
async function ownEnvironment(): Promise<NodeJS.ProcessEnv> {
  const { command } = await getNatsToolchain({ env: process.env, log: () => undefined });
  const { STREAMSIDE_NATS: _, ...env } = process.env;
  return { ...env, PATH: `${dirname(command)}${delimiter}${env.PATH}`, STREAMSIDE_CACHE: scratch };
}

describe("a local nats-server", () => {
  it("survives kill -9, restart and pause, and leaves nothing after stop", { timeout }, async () => {
    const nats = await startLocalNats();
    const at = parseNatsAddress(nats.address);
    const before = await askNatsInfo(at, 2_000);
    const first = identify(nats.pid);
    await nats.kill();
    expect(isAlive(first)).toBe(false);

    await nats.restart();
    expect(await askNatsInfo(at, 2_000)).toMatchObject({ serverName: before.serverName });
    await nats.pause();
    await expect(askNatsInfo(at, 200)).rejects.toMatchObject({ code: "not-answering" });
    await nats.resume();
    await askNatsInfo(at, 2_000);

    await nats.pause(); // stop() must work on a paused one, too
    const last = identify(nats.pid);
    await Promise.all([nats.stop(), nats.stop()]);
    expect(isAlive(last)).toBe(false);
    expect(await isFree(at.port)).toBe(true);
  });

  it("runs JetStream unless told otherwise, with settings of one's own", { timeout }, async () => {
    const [with_, without] = await Promise.all([
      startLocalNats({ config: "max_payload: 4096" }),
      startLocalNats({ jetstream: false }),
    ]);
    try {
      const varz = async (url = "") => (await (await fetch(`${url}/varz`)).json()) as Record<string, unknown>;
      expect(await varz(with_.monitoring)).toMatchObject({ max_payload: 4096, jetstream: { config: {} } });
      expect(await varz(without.monitoring)).not.toHaveProperty("jetstream.config");
    } finally {
      await Promise.all([with_.stop(), without.stop()]);
    }
  });

  it("says that an asked-for port is taken", { timeout }, async () => {
    const nats = await startLocalNats();
    try {
      const { port } = parseNatsAddress(nats.address);
      await expect(startLocalNats({ port })).rejects.toMatchObject({ code: "port-taken" });
    } finally {
      await nats.stop();
    }
  });

  it("starts nothing when aborted on the way", { timeout }, async () => {
    const abort = new AbortController();
    const log = (line: string) => line.startsWith("Starting") && abort.abort();
    const env = await ownEnvironment();
    await expect(findNats({ env, log, signal: abort.signal })).rejects.toMatchObject({ code: "aborted" });
    expect(await readdir(join(scratch, "runs"))).toEqual([]);
  });
});

describe("findNats", () => {
  it("takes another port where the usual one is in use", { timeout }, async () => {
    const holder = createServer().listen({ port: 4222, host: "127.0.0.1" });
    await new Promise((resolve) => holder.once("listening", resolve).once("error", resolve)); // in use either way
    const lines: string[] = [];
    const nats = await findNats({ env: await ownEnvironment(), log: (line) => lines.push(line) });
    try {
      expect(nats).toMatchObject({ how: "local", address: expect.not.stringMatching(/:4222$/) });
      expect(lines).toContainEqual(
        expect.stringMatching(/^Port 4222 is in use; nats-server takes \d+ instead$/),
      );
    } finally {
      if (nats.how !== "missing") await nats.stop();
      holder.close();
    }
    expect(await readdir(join(scratch, "runs"))).toEqual([]);
  });

  it("uses a server from the environment and leaves it running", { timeout }, async () => {
    const running = await startLocalNats();
    try {
      const env = { ...process.env, STREAMSIDE_NATS: running.address };
      const found = await findNats({ env, log: () => undefined });
      expect(found).toMatchObject({ how: "environment", version: running.version, address: running.address });
      if (found.how !== "missing") await found.stop();
      expect(isAlive(identify(running.pid))).toBe(true);

      await running.kill();
      expect(await findNats({ env, log: () => undefined })).toMatchObject({
        how: "missing",
        reason: expect.stringContaining("nothing listens"),
      });
    } finally {
      await running.stop();
    }
  });
});

describe("reapLeftovers", () => {
  it("ends what an owner killed with SIGKILL left running", { timeout }, async () => {
    const bundle = join(scratch, "owner.mjs");
    await build({
      stdin: {
        contents: `import { startLocalNats } from "../index.ts";
          const { pid } = await startLocalNats();
          console.log(pid);`,
        resolveDir: dirname(fileURLToPath(import.meta.url)),
        loader: "ts",
      },
      outfile: bundle,
      bundle: true,
      platform: "node",
      format: "esm",
    });
    const env = await ownEnvironment();
    const owner = spawn(process.execPath, [bundle], { env, stdio: ["ignore", "pipe", "inherit"] });
    const [printed] = (await once(owner.stdout, "data")) as [Buffer];
    const orphan = identify(Number(printed.toString()));
    try {
      expect(isAlive(orphan)).toBe(true);
      owner.kill("SIGKILL");
      await once(owner, "exit");
      expect(isAlive(orphan)).toBe(true);
      await reapLeftovers(() => undefined, env);
      expect(isAlive(orphan)).toBe(false);
      expect(await readdir(join(scratch, "runs"))).toEqual([]);
    } finally {
      if (isAlive(orphan)) process.kill(orphan.pid, "SIGKILL");
    }
  });
});
