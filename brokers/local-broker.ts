import { statSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { LocalBroker, Progress } from "./broker.ts";
import { BrokerError, type BrokerSystem } from "./broker-error.ts";
import { cacheDirectory } from "./cache.ts";
import type { Environment } from "./environment.ts";
import { pickPort } from "./free-port.ts";
import { LocalProcess, type ProcessPlan } from "./local-process.ts";
import { withElapsed } from "./progress.ts";
import { RunDirectory, reapLeftovers } from "./run-directory.ts";

const bindAttempts = 5;

export interface LaunchOptions {
  log: Progress;
  signal?: AbortSignal | undefined;
  env: Environment;
  /** This client port or none. */
  port?: number | undefined;
  /** Ports to use where they are free, in the order of `ports`. */
  preferredPorts?: readonly number[] | undefined;
}

/** How one kind of broker is started on given ports. */
export interface LaunchRecipe {
  system: BrokerSystem;
  name: string;
  version: string;
  /** How many ports it needs; the first is the one clients use. */
  portCount: number;
  prepare(run: RunDirectory, ports: number[]): Promise<Prepared>;
}

export interface Prepared extends Pick<ProcessPlan, "command" | "args" | "ready" | "bindFailure"> {
  address: string;
  monitoring?: string;
}

/** Starts a broker on ports that are free; another process can take one between the look and the bind, so that is retried. */
export async function launch(recipe: LaunchRecipe, o: LaunchOptions): Promise<LocalBroker> {
  await reapLeftovers(o.log, o.env);
  const title = `${recipe.name} ${recipe.version}`;
  for (let attempt = 1; ; attempt++) {
    const ports = await pickPorts(recipe, o, attempt === 1);
    const run = await RunDirectory.create(recipe.system, o.env);
    try {
      const prepared = await recipe.prepare(run, ports);
      const plan: ProcessPlan = {
        ...prepared,
        title,
        env: o.env,
        log: run.log,
        spawned: (pid) => run.noteChild(pid),
      };
      const first = await withElapsed(o.log, `Starting ${title} on port ${ports[0]}`, () =>
        LocalProcess.start(plan, o.signal),
      );
      const broker = createLocalBroker(recipe, prepared, plan, run, first);
      o.log(broker.describe);
      return broker;
    } catch (error) {
      const kept = await keepLog(run, recipe.system, o.env);
      run.removeNow();
      if (!(error instanceof BrokerError)) throw error;
      if (error.code === "port-taken" && o.port === undefined && attempt < bindAttempts) {
        o.log(`Another process took a port of ${recipe.name} just now; trying another`);
        continue;
      }
      if (kept === undefined || error.code === "aborted") throw error;
      throw new BrokerError(error.code, `${error.message}\nThe whole log: ${kept}`, { cause: error });
    }
  }
}

async function pickPorts(recipe: LaunchRecipe, o: LaunchOptions, first: boolean): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < recipe.portCount) {
    const i = ports.length;
    const preferred = first ? o.preferredPorts?.[i] : undefined;
    const port = i === 0 && o.port !== undefined ? o.port : await pickPort(preferred);
    if (ports.includes(port)) continue;
    if (preferred !== undefined && port !== preferred) {
      o.log(`Port ${preferred} is in use; ${recipe.name} takes ${port} instead`);
    }
    ports.push(port);
  }
  return ports;
}

function createLocalBroker(
  recipe: LaunchRecipe,
  prepared: Prepared,
  plan: ProcessPlan,
  run: RunDirectory,
  first: LocalProcess,
): LocalBroker {
  let current = first;
  let stopping: Promise<void> | undefined;
  const abandon = new AbortController();
  let restarting: Promise<void> = Promise.resolve();
  // The last resort when the owner ends without stop(): only synchronous work is done here.
  const onExit = () => {
    current.signal("SIGKILL");
    run.removeNow();
  };
  process.once("exit", onExit);

  const startAgain = async () => {
    if (current.running) await current.stop();
    if (stopping) throw new BrokerError("stopped", `${plan.title} was stopped and cannot be restarted`);
    current = await LocalProcess.start(plan, abandon.signal);
    broker.pid = current.pid;
  };
  const broker: LocalBroker = {
    system: recipe.system,
    how: "local",
    address: prepared.address,
    ...(prepared.monitoring === undefined ? {} : { monitoring: prepared.monitoring }),
    version: recipe.version,
    pid: first.pid,
    describe: `${plan.title}, started from the local toolchain, at ${prepared.address.replace(/^nats:\/\//, "")}`,
    stop() {
      stopping ??= (async () => {
        abandon.abort();
        await restarting.catch(() => undefined);
        await current.stop();
        process.off("exit", onExit);
        run.removeNow();
      })();
      return stopping;
    },
    kill: () => current.kill(),
    restart() {
      restarting = restarting.catch(() => undefined).then(startAgain);
      return restarting;
    },
    pause: () => current.pause(),
    resume: () => current.resume(),
  };
  return broker;
}

/** Keeps the log of the latest failed start, as its run directory goes. */
async function keepLog(
  run: RunDirectory,
  system: BrokerSystem,
  env: Environment,
): Promise<string | undefined> {
  if (!statSync(run.log, { throwIfNoEntry: false })?.size) return undefined;
  const logs = join(cacheDirectory(env), "logs");
  await mkdir(logs, { recursive: true });
  const kept = join(logs, `${system}-failed-start.log`);
  await copyFile(run.log, kept);
  return kept;
}
