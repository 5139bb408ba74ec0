import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import { pino } from "pino";
import { systemClock } from "./lib/async/clock.ts";
import {
  ConfigError,
  configWithoutSources,
  formatConfigError,
  loadConfig,
  type StreamsideConfig,
} from "./lib/config/index.ts";
import { unpackIncident } from "./lib/recording/pack.ts";
import type { OpenedRecording } from "./lib/runtime/history.ts";
import { ListenError } from "./lib/runtime/listen-error.ts";
import type { Log } from "./lib/runtime/log.ts";
import { onStopSignal } from "./lib/runtime/stop-signal.ts";
import { startStreamside } from "./lib/runtime/streamside.ts";
import type { ConfiguredSource } from "./lib/sources/definition.ts";
import { SOURCE_KINDS } from "./lib/sources/index.ts";

/** `npm start`: the built dashboard on the user's own streamside.yaml. */
const program = new Command("streamside")
  .description("Watches Kafka, NATS and gRPC streams and serves the dashboard.")
  .option("--config <file>", "configuration file (default: $STREAMSIDE_CONFIG or ./streamside.yaml)")
  .addOption(
    new Option("--recording <file>", "shows a recording that was exported, without any broker").conflicts(
      "config",
    ),
  )
  .parse();

const options = program.opts<{ config?: string; recording?: string }>();
const opened = options.recording === undefined ? null : await open(options.recording);
const config = readConfig(options.config);
const logger = pino({ base: null });
// Standard output belongs to the log, a JSON object a line; Next prints to it.
console.log = console.error;
const log: Log = {
  info: (message, fields) => logger.info(fields, message),
  warn: (message, fields) => logger.warn(fields, message),
  error: (message, fields) => logger.error(fields, message),
};

try {
  const rootDir = fileURLToPath(new URL("..", import.meta.url));
  const streamside = await startStreamside({
    ...{ config, rootDir, log, clock: systemClock },
    ...(opened !== null && { recording: opened }),
  });
  log.info(`Streamside is at ${streamside.url}`, {
    ...(opened === null
      ? { sources: config.sources.map((source) => source.config.id) }
      : { recording: opened.incident.name }),
  });
  onStopSignal(systemClock, async () => {
    log.info("Stopping.");
    await streamside.close();
    if (opened !== null) await rm(opened.folder, { recursive: true, force: true });
  });
} catch (error) {
  if (!(error instanceof ListenError)) throw error;
  log.error(error.message);
  process.exit(1);
}

/** Lays a recording out where it is read from. */
async function open(path: string): Promise<OpenedRecording> {
  const folder = await mkdtemp(join(tmpdir(), "streamside-recording-"));
  try {
    return { folder, incident: await unpackIncident(path, folder) };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    process.stderr.write(
      `The recording cannot be opened: ${error instanceof Error ? error.message : error}\n`,
    );
    process.exit(2);
  }
}

function readConfig(path: string | undefined): StreamsideConfig<ConfiguredSource> {
  try {
    if (opened !== null) return configWithoutSources(process.env);
    return loadConfig({
      kinds: SOURCE_KINDS,
      ...(path !== undefined && { path }),
      env: process.env,
      cwd: process.cwd(),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${formatConfigError(error)}\n`);
    process.exit(2);
  }
}
