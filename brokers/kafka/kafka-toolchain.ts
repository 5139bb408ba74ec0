import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../broker.ts";
import { BrokerError } from "../broker-error.ts";
import { cacheDirectory, installOnce } from "../cache.ts";
import type { Environment } from "../environment.ts";
import { withElapsed } from "../progress.ts";
import { type CommandResult, lastLines, type RunCommand, runCommand } from "../run-command.ts";

export const defaultKafkaVersion = "4.3.1"; // 4.4.0 has no kafka-tools where the rest comes from
const oldestJava = 17;
const copyDependencies = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";

export const installJava =
  "Install Java 17 or newer and Maven (Debian: apt-get install openjdk-17-jre-headless maven; macOS: brew install openjdk maven)";

export interface KafkaToolchain {
  version: string;
  java: string;
  /** Every jar of this version, as a Java class path. */
  classPath: string;
}

export interface ToolchainOptions {
  version: string;
  env: Environment;
  log: Progress;
  signal?: AbortSignal | undefined;
  run?: RunCommand;
}

/** Java as found, Kafka's jars from the cache or through Maven. Throws `tool-missing` or `install-failed`. */
export async function getKafkaToolchain(o: ToolchainOptions): Promise<KafkaToolchain> {
  const run = o.run ?? runCommand;
  const java = await findJava(run, o);
  const directory = join(cacheDirectory(o.env), "kafka", o.version);
  await installOnce({
    ...o,
    directory,
    what: `Kafka ${o.version}`,
    install: (into) => downloadJars(run, into, o),
  });
  return { version: o.version, java, classPath: join(directory, "*") };
}

async function findJava(run: RunCommand, o: ToolchainOptions): Promise<string> {
  const candidates = o.env.JAVA_HOME ? [join(o.env.JAVA_HOME, "bin", "java"), "java"] : ["java"];
  let tooOld: string | undefined;
  for (const java of candidates) {
    const answer = await run(java, ["-version"], { env: o.env, signal: o.signal, timeoutMs: 20_000 });
    const version =
      answer.code === 0 ? /version "([^"]+)"/.exec(answer.stderr + answer.stdout)?.[1] : undefined;
    if (version === undefined) continue;
    const [first = 0, second = 0] = version.split(".").map(Number.parseFloat);
    if ((first === 1 ? second : first) >= oldestJava) return java;
    tooOld ??= version;
  }
  const reason = tooOld
    ? `Kafka ${o.version} needs Java ${oldestJava} or newer, and this is Java ${tooOld}`
    : "Java is not installed";
  throw new BrokerError("tool-missing", reason, { install: installJava });
}

async function downloadJars(run: RunCommand, into: string, o: ToolchainOptions): Promise<void> {
  const pom = join(into, "pom.xml");
  await writeFile(pom, pomFor(o.version));
  const args = ["-B", "-Dstyle.color=never", "-f", pom, copyDependencies];
  // Bindings that older versions bring: with two of them it is left to chance which one gets the log.
  const otherBindings = "slf4j-log4j12,slf4j-reload4j";
  args.push("-DincludeScope=runtime", `-DexcludeArtifactIds=${otherBindings}`, `-DoutputDirectory=${into}`);
  const done = await withElapsed(o.log, `Downloading Kafka ${o.version} (about 55 MB, once)`, () =>
    run("mvn", args, { env: o.env, signal: o.signal }),
  );
  if (done.code === "not-found") {
    const reason = "Kafka is not in the cache yet and Maven (mvn), which downloads it, is not installed";
    throw new BrokerError("tool-missing", reason, { install: installJava });
  }
  if (done.code !== 0) {
    const errors = (done.stdout + done.stderr).split("\n").filter((line) => line.startsWith("[ERROR]"));
    throw new BrokerError(
      "install-failed",
      `Maven could not download Kafka ${o.version}:\n${lastLines(errors.slice(0, 3).join("\n"))}`,
    );
  }
}

function pomFor(version: string): string {
  const dependencies = [
    ["org.apache.kafka", "kafka_2.13", version],
    ["org.apache.kafka", "kafka-tools", version],
    ["org.slf4j", "slf4j-simple", "1.7.36"], // without a binding Kafka fails in silence
  ].map(
    ([group, artifact, v]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${v}</version></dependency>`,
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>streamside</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    ${dependencies.join("\n    ")}
  </dependencies>
</project>
`;
}

/** How Kafka's own programs are run: small, quick to start, no files of their own. */
export function javaArgs(
  toolchain: KafkaToolchain,
  mainClass: string,
  o: { heap: string; logLevel: string; longRunning?: boolean | undefined },
): string[] {
  return [
    `-Xmx${o.heap}`,
    "-XX:+UseSerialGC",
    // Starts quicker and stays smaller; costs more CPU a request once warm.
    ...(o.longRunning ? [] : ["-XX:TieredStopAtLevel=1"]),
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
    `-Dorg.slf4j.simpleLogger.defaultLogLevel=${o.logLevel}`,
    "-cp",
    toolchain.classPath,
    mainClass,
  ];
}

/**
 * Runs one of Kafka's own command-line tools from the same jars, e.g.
 * `org.apache.kafka.tools.consumer.group.ConsumerGroupCommand`: what a test compares Streamside's numbers with.
 */
export async function runKafkaTool(
  mainClass: string,
  args: string[],
  o: { signal?: AbortSignal; version?: string } = {},
): Promise<{ stdout: string; stderr: string; code: number }> {
  const version = o.version ?? defaultKafkaVersion;
  const toolchain = await getKafkaToolchain({
    version,
    env: process.env,
    log: () => undefined,
    signal: o.signal,
  });
  const java = [...javaArgs(toolchain, mainClass, { heap: "256m", logLevel: "warn" }), ...args];
  // Java reads its arguments and writes its output as the locale says; where none is set that is ASCII.
  const env = { ...process.env, LC_ALL: "C.UTF-8" };
  const done: CommandResult = await runCommand(toolchain.java, java, { env, signal: o.signal });
  return { ...done, code: typeof done.code === "number" ? done.code : 1 };
}
