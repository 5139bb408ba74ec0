/**
 * Fetches every version of Kafka and nats-server that the tests start, gRPC for Python, and what is built in Go. What
 * cannot be had is said here, and again by the test that needs it.
 */
import { setPriority } from "node:os";
import { BrokerError } from "./broker-error.ts";
import { getGoProgram, goTarget } from "./go-program.ts";
import { defaultKafkaVersion, getKafkaToolchain } from "./kafka/kafka-toolchain.ts";
import { getNatsToolchain } from "./nats/nats-toolchain.ts";
import { getPythonToolchain } from "./python-toolchain.ts";

const kafkaVersions = [defaultKafkaVersion, "2.8.2", "3.9.2"];
/** Undefined: an installed one where it is new enough. */
const natsVersions = [undefined, "2.12.15", "2.10.29"];

const options = { env: process.env, log: () => undefined };

// What the tests do meanwhile goes first.
setPriority(10);
const all = await Promise.all([
  each(kafkaVersions, (version) => getKafkaToolchain({ ...options, version })),
  each(natsVersions, (version) => getNatsToolchain({ ...options, version })).then(async (good) => {
    // Go builds one after the other.
    return (await each([goTarget], (program) => getGoProgram({ ...options, ...program }))) && good;
  }),
  each(["of Python"], () => getPythonToolchain(options)),
]);
process.exitCode = all.every(Boolean) ? 0 : 1;

/** One after the other: downloads share a line, and builds share the cores. True where none failed. */
async function each<V>(versions: readonly V[], fetch: (version: V) => Promise<unknown>): Promise<boolean> {
  let good = true;
  for (const version of versions) {
    try {
      await fetch(version);
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      console.error(error.message);
      good = false;
    }
  }
  return good;
}
