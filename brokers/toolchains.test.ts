import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { getGoProgram } from "./go-program.ts";
import { getKafkaToolchain } from "./kafka/kafka-toolchain.ts";
import { getNatsToolchain } from "./nats/nats-toolchain.ts";
import { getPythonToolchain } from "./python-toolchain.ts";
import type { CommandResult, RunCommand } from "./run-command.ts";

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "streamside-tools-"));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

const result = (code: CommandResult["code"], stdout = "", stderr = ""): CommandResult => ({
  code,
  stdout,
  stderr,
});
const java = (version: string) => result(0, "", `openjdk version "${version}" 2025-04-15\n`);

function tools(answers: Record<string, CommandResult>, env: Record<string, string> = {}) {
  const ran: string[] = [];
  const run: RunCommand = async (command) => {
    ran.push(command);
    return answers[command] ?? result("not-found");
  };
  return { ran, o: { run, env: { ...env, STREAMSIDE_CACHE: cache }, log: () => undefined } };
}

describe("the Kafka toolchain", () => {
  const version = "4.3.1";

  it("needs no Maven once the jars are cached", async () => {
    const { o, ran } = tools({ java: java("17.0.15") });
    await mkdir(join(cache, "kafka", version), { recursive: true });
    expect(await getKafkaToolchain({ ...o, version })).toMatchObject({ java: "java", version });
    expect(ran).toEqual(["java"]);
  });

  it("names Maven when that is what is missing", async () => {
    const { o } = tools({ java: java("21") });
    await expect(getKafkaToolchain({ ...o, version })).rejects.toMatchObject({
      code: "tool-missing",
      message: expect.stringContaining("Maven (mvn)"),
    });
  });

  it("shows what Maven said when the download fails", async () => {
    const { o } = tools({ java: java("21"), mvn: result(1, "[INFO] x\n[ERROR] no route to host\n") });
    await expect(getKafkaToolchain({ ...o, version })).rejects.toMatchObject({
      code: "install-failed",
      message: expect.stringContaining("no route to host"),
    });
  });

  it.each(["1.8.0_392", "11.0.2"])("refuses Java %s", async (old) => {
    const { o } = tools({ java: java(old) });
    await expect(getKafkaToolchain({ ...o, version })).rejects.toThrow(`this is Java ${old}`);
  });

  it("passes over an old JAVA_HOME for a newer java on the path", async () => {
    const { o } = tools({ "/jdk/bin/java": java("11.0.2"), java: java("17") }, { JAVA_HOME: "/jdk" });
    await mkdir(join(cache, "kafka", version), { recursive: true });
    expect((await getKafkaToolchain({ ...o, version })).java).toBe("java");
  });
});

describe("the NATS toolchain", () => {
  const server = (version: string) => result(0, `nats-server: v${version}\n`);

  it("takes an installed server that is new enough", async () => {
    const { o } = tools({ "nats-server": server("2.12.6") });
    expect(await getNatsToolchain(o)).toEqual({ version: "2.12.6", command: "nats-server" });
  });

  it("builds one where the installed is too old or not the version asked for", async () => {
    for (const [installed, version] of [
      ["2.9.10", undefined],
      ["2.15.2", "2.12.15"],
    ] as const) {
      const { o } = tools({ "nats-server": server(installed) });
      const run: RunCommand = async (command, args, options) => {
        if (command === "go") await writeFile(join(options?.env?.GOBIN ?? "", "nats-server"), "");
        return command === "go" ? result(0) : o.run(command, args);
      };
      const wanted = version ?? "2.15.2";
      const command = join(cache, "nats-server", wanted, "nats-server");
      expect(await getNatsToolchain({ ...o, run, version })).toEqual({ version: wanted, command });
    }
  });

  it("says that the installed one is too old when Go is missing", async () => {
    const { o } = tools({ "nats-server": server("2.9.10") });
    await expect(getNatsToolchain(o)).rejects.toMatchObject({
      code: "tool-missing",
      message: expect.stringContaining("nats-server 2.9.10 is too old"),
    });
  });
});

describe("the Python toolchain", () => {
  const python = (version: string) => result(0, `${version} cpython-311 x86_64\n`);

  it("puts the packages where no other version of Python looks for them", async () => {
    const { o } = tools({ python3: python("3.11.7") });
    const path = join(cache, "python-grpc", "1.76.0-cpython-311-x86_64");
    expect(await getPythonToolchain(o)).toEqual({ version: "3.11.7", command: "python3", path });
  });

  it.each([
    [{ python3: python("3.8.18") }, "Python 3.8.18 is too old"],
    [{}, "Python is not installed"],
  ])("says what is missing: %#", async (answers, message) => {
    await expect(getPythonToolchain(tools(answers).o)).rejects.toMatchObject({
      code: "tool-missing",
      message,
    });
  });

  it("makes itself a pip where Python has none", async () => {
    const { o } = tools({ python3: python("3.11.7") });
    const ran: string[] = [];
    const run: RunCommand = async (command, args) => {
      ran.push(command);
      if (args[1] === "pip" && command === "python3") return result(1, "", "python3: No module named pip\n");
      if (args[1] === "venv") await mkdir(args[2] ?? "");
      return command === "python3" && args[0] === "-c" ? o.run(command, args) : result(0);
    };
    await getPythonToolchain({ ...o, run });
    expect(ran.at(-1)).toMatch(/\.pip\/bin\/python$/);
  });

  it("says what to install where there is neither pip nor venv", async () => {
    const { o } = tools({ python3: python("3.11.7") });
    const run: RunCommand = async (command, args) =>
      args[0] === "-m" ? result(1, "", "No module named pip") : o.run(command, args);
    await expect(getPythonToolchain({ ...o, run })).rejects.toMatchObject({
      code: "tool-missing",
      install: expect.stringContaining("python3-pip"),
    });
  });

  it("shows what pip said when the download fails", async () => {
    const { o } = tools({ python3: python("3.11.7") });
    const run: RunCommand = async (command, args) =>
      args[0] === "-m" ? result(1, "", "WARNING: retrying\nERROR: no route to host\n") : o.run(command, args);
    await expect(getPythonToolchain({ ...o, run })).rejects.toMatchObject({
      code: "install-failed",
      message: expect.stringMatching(/Python:\nERROR: no route to host$/),
    });
  });
});

describe("a program in Go", () => {
  const source = async (text: string) => {
    const folder = join(cache, "source");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "main.go"), text);
    return { name: "thing", source: folder };
  };

  it("is built once for each state of its source", async () => {
    const { o } = tools({});
    const built: string[][] = [];
    const run: RunCommand = async (_, args) => {
      built.push(args);
      await writeFile(args[args.indexOf("-o") + 1]!, "");
      return result(0);
    };
    const first = await getGoProgram({ ...o, run, ...(await source("package main")) });
    expect(await getGoProgram({ ...o, run, ...(await source("package main")) })).toBe(first);
    expect(await getGoProgram({ ...o, run, ...(await source("package main // other")) })).not.toBe(first);
    expect(built).toHaveLength(2);
  });

  it("names Go where that is what is missing, and shows what it said where it failed", async () => {
    const program = await source("package main");
    await expect(getGoProgram({ ...tools({}).o, ...program })).rejects.toMatchObject({
      code: "tool-missing",
    });
    const { o } = tools({ go: result(1, "", "main.go:1:1: expected 'package'\n") });
    await expect(getGoProgram({ ...o, ...program })).rejects.toMatchObject({
      code: "install-failed",
      message: expect.stringContaining("expected 'package'"),
    });
  });
});
