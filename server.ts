import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { pino } from "pino";
import { systemClock } from "./lib/async/clock.ts";
import { ConfigError, formatConfigError, loadConfig, type StreamsideConfig } from "./lib/config/index.ts";
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
  .parse();

const config = readConfig(program.opts<{ config?: string }>().config);
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
  const streamside = await startStreamside({ config, rootDir, log, clock: systemClock });
  log.info(`Streamside is at ${streamside.url}`, {
    sources: config.sources.map((source) => source.config.id),
  });
  onStopSignal(systemClock, async () => {
    log.info("Stopping.");
    await streamside.close();
  });
} catch (error) {
  if (!(error instanceof ListenError)) throw error;
  log.error(error.message);
  process.exit(1);
}

function readConfig(path: string | undefined): StreamsideConfig<ConfiguredSource> {
  try {
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
