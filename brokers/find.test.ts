import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FindOptions, LocalBroker } from "./broker.ts";
import { BrokerError } from "./broker-error.ts";
import { findBroker, findKafka, findNats, type SystemSearch } from "./find.ts";
import type { CommandResult } from "./run-command.ts";

const result = (code: CommandResult["code"], stdout = "", stderr = ""): CommandResult => ({
  code,
  stdout,
  stderr,
});
const localBroker = { how: "local" } as LocalBroker;

let directory: string;
let composeFile: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "streamside-find-"));
  composeFile = join(directory, "docker-compose.yml");
  await writeFile(composeFile, "services: {}\n");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A search in which docker answers as told and every command is written down. */
function search(docker: Record<string, CommandResult>, over: Partial<SystemSearch> = {}) {
  const commands: string[] = [];
  const s: SystemSearch = {
    system: "kafka",
    name: "Kafka",
    variable: "STREAMSIDE_KAFKA",
    dockerAddress: "127.0.0.1:9092",
    install: "Install Java",
    async run(_command, [...args]) {
      const key = args.filter((arg) => arg !== "-f" && arg !== composeFile).join(" ");
      commands.push(key);
      return docker[key] ?? result(0);
    },
    probe: async () => ({}),
    launch: async () => localBroker,
    ...over,
  };
  const options = (env: Record<string, string> = {}): FindOptions => ({
    env: { ...env, STREAMSIDE_CACHE: directory },
    log: () => undefined,
    composeFile,
  });
  return { s, commands, options };
}

const running = "compose ps --status running --services";

describe("findBroker", () => {
  it("takes the environment first and starts nothing", async () => {
    const { s, commands, options } = search({}, { launch: () => Promise.reject(new Error("started one")) });
    const found = await findBroker(options({ STREAMSIDE_KAFKA: "a:1,b:2" }), s);
    expect(found).toMatchObject({ how: "environment", address: "a:1,b:2" });
    if (found.how !== "missing") await found.stop();
    expect(commands).toEqual([]);
  });

  it("takes an address of which one server answers", async () => {
    const probe = (server: string) =>
      server === "b:2"
        ? Promise.resolve({ version: "9" })
        : Promise.reject(new BrokerError("not-answering", "down"));
    const { s, options } = search({}, { probe });
    const found = await findBroker(options({ STREAMSIDE_KAFKA: "a:1,b:2" }), s);
    expect(found).toMatchObject({ how: "environment", version: "9" });
  });

  it("starts nothing in place of an address that does not answer", async () => {
    const probe = (server: string) =>
      Promise.reject(new BrokerError("not-answering", `nothing listens at ${server}`));
    const { s, commands, options } = search({}, { probe });
    expect(await findBroker(options({ STREAMSIDE_KAFKA: "a:1" }), s)).toMatchObject({
      how: "missing",
      reason: "STREAMSIDE_KAFKA is set, but nothing listens at a:1",
    });
    expect(commands).toEqual([]);
  });

  it("keeps credentials out of what it says", async () => {
    const { s, options } = search({});
    const found = await findBroker(options({ STREAMSIDE_KAFKA: "nats://u:secret@a:1,tls://b:2" }), s);
    expect(found).toMatchObject({ describe: "Kafka, from STREAMSIDE_KAFKA, at a:1,b:2" });
  });

  it("starts the one service with docker compose where an engine answers, and stops it", async () => {
    const { s, commands, options } = search({});
    const found = await findBroker(options(), s);
    expect(found).toMatchObject({ how: "docker", address: "127.0.0.1:9092" });
    if (found.how !== "missing") await found.stop();
    expect(commands).toEqual(["info", running, "compose up -d kafka", "compose stop kafka"]);
  });

  it("does not stop a service that was running already", async () => {
    const { s, commands, options } = search({ [running]: result(0, "nats\nkafka\n") });
    const found = await findBroker(options(), s);
    if (found.how !== "missing") await found.stop();
    expect(commands).toEqual(["info", running, "compose up -d kafka"]);
  });

  it.each<[string, Record<string, CommandResult>, string[]]>([
    ["there is no docker", { info: result("not-found") }, ["info"]],
    ["no engine answers", { info: result(1) }, ["info"]],
    ["the engine hangs", { info: result("timed-out") }, ["info"]],
    ["docker has no compose", { [running]: result(125) }, ["info", running]],
    [
      "the service does not come up",
      { "compose up -d kafka": result(1, "", "port is already allocated") },
      ["info", running, "compose up -d kafka", "compose stop kafka"],
    ],
  ])("turns to the local toolchain when %s", async (_what, docker, expected) => {
    const { s, commands, options } = search(docker);
    expect(await findBroker(options(), s)).toBe(localBroker);
    expect(commands).toEqual(expected);
  });

  it("says everything it tried and what to install when nothing works", async () => {
    const launch = () =>
      Promise.reject(new BrokerError("tool-missing", "Java is not installed", { install: "Get Java" }));
    const { s, options } = search({ info: result(1) }, { launch });
    expect(await findBroker(options(), s)).toEqual({
      system: "kafka",
      how: "missing",
      reason: "Java is not installed",
      tried: [
        "STREAMSIDE_KAFKA is not set",
        "docker compose: docker is installed, but no engine answers",
        "local toolchain: Java is not installed",
      ],
      install: "Get Java, or start Docker, or set STREAMSIDE_KAFKA to a running broker",
    });
  });

  it("throws when aborted while waiting for a container, and stops that", async () => {
    const abort = new AbortController();
    const probe = () => {
      abort.abort();
      return Promise.reject(new BrokerError("not-answering", "not yet"));
    };
    const { s, commands, options } = search({}, { probe });
    await expect(findBroker({ ...options(), signal: abort.signal }, s)).rejects.toMatchObject({
      code: "aborted",
    });
    expect(commands.at(-1)).toBe("compose stop kafka");
  });
});

describe("with nothing installed", () => {
  const nothing = () => ({ env: { PATH: "", STREAMSIDE_CACHE: directory }, log: () => undefined });

  it("asks for Java, without which there is no Kafka", async () => {
    expect(await findKafka(nothing())).toMatchObject({
      how: "missing",
      reason: "Java is not installed",
      install: expect.stringContaining("Java 17 or newer and Maven"),
    });
  });

  it("asks for nats-server or Go", async () => {
    expect(await findNats(nothing())).toMatchObject({
      how: "missing",
      reason: "nats-server is not installed, and neither is Go, which could build it",
      install: expect.stringContaining("nats-server 2.12.6 or newer, or Go"),
    });
  });
});
