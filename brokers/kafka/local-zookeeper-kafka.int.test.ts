import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { cacheDirectory } from "../cache.ts";
import { reapLeftovers } from "../index.ts";
import { isAlive, type ProcessIdentity } from "../processes.ts";
import { getKafkaToolchain } from "./kafka-toolchain.ts";

it("leaves neither Kafka nor ZooKeeper running when its owner is killed hard", {
  timeout: 120_000,
}, async () => {
  const scratch = await mkdtemp(join(tmpdir(), "streamside-zookeeper-"));
  const env = { ...process.env, STREAMSIDE_CACHE: scratch };
  const runs = join(scratch, "runs");
  let orphans: ProcessIdentity[] = [];
  try {
    // The jars are shared; what runs is not.
    await getKafkaToolchain({ version: "2.8.2", env: process.env, log: () => undefined });
    await mkdir(join(scratch, "kafka"));
    await symlink(join(cacheDirectory(), "kafka", "2.8.2"), join(scratch, "kafka", "2.8.2"));
    const bundle = join(scratch, "owner.mjs");
    await build({
      stdin: {
        contents: `import { startLocalZookeeperKafka } from "./local-zookeeper-kafka.ts";
          await startLocalZookeeperKafka();
          console.log("started");
          setInterval(() => {}, 1e6);`,
        resolveDir: dirname(fileURLToPath(import.meta.url)),
        loader: "ts",
      },
      outfile: bundle,
      bundle: true,
      platform: "node",
      format: "esm",
    });
    const owner = spawn(process.execPath, [bundle], { env, stdio: ["ignore", "pipe", "inherit"] });
    await once(owner.stdout, "data");
    orphans = await Promise.all(
      (await readdir(runs)).map(
        async (run) => JSON.parse(await readFile(join(runs, run, "run.json"), "utf8")).child,
      ),
    );
    owner.kill("SIGKILL");
    await once(owner, "exit");
    expect(orphans.map(isAlive)).toEqual([true, true]);
    await reapLeftovers(() => undefined, env);
    expect(orphans.map(isAlive)).toEqual([false, false]);
    expect(await readdir(runs)).toEqual([]);
  } finally {
    for (const orphan of orphans) if (isAlive(orphan)) process.kill(orphan.pid, "SIGKILL");
    await rm(scratch, { recursive: true, force: true });
  }
});
