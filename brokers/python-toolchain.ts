import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BrokerError } from "./broker-error.ts";
import { cacheDirectory, installOnce } from "./cache.ts";
import type { ToolchainOptions } from "./kafka/kafka-toolchain.ts";
import { withElapsed } from "./progress.ts";
import { lastLines, type RunCommand, runCommand } from "./run-command.ts";

const grpcVersion = "1.76.0";
const packages = [
  ...["grpcio", "grpcio-channelz", "grpcio-health-checking", "grpcio-reflection", "grpcio-tools"].map(
    (name) => `${name}==${grpcVersion}`,
  ),
  "protobuf==6.33.6",
];
const oldestPython = 9; // 3.9

export const installPython =
  "Install Python 3.9 or newer with pip (Debian: apt-get install python3 python3-pip; macOS: brew install python)";

export interface PythonToolchain {
  /** Of Python: "3.11.7". */
  version: string;
  command: string;
  /** What its programs find gRPC with: goes into PYTHONPATH. */
  path: string;
}

/**
 * A Python with gRPC's own server, health, reflection and channelz: an installed Python, and the packages from the cache
 * or the Python package index. Throws `tool-missing` or `install-failed`.
 */
export async function getPythonToolchain(o: Omit<ToolchainOptions, "version">): Promise<PythonToolchain> {
  const run = o.run ?? runCommand;
  const { command, version, build } = await findPython(run, o);
  // Not a virtual environment: that one names its own folder inside, and could not be put in place when complete.
  const path = join(cacheDirectory(o.env), "python-grpc", `${grpcVersion}-${build}`);
  await installOnce({
    ...o,
    directory: path,
    what: `gRPC ${grpcVersion} for Python`,
    install: (into) => install(run, command, into, o),
  });
  return { version, command, path };
}

/** For tests: null where it cannot be had, and why on standard error. */
export async function findGrpcPython(): Promise<PythonToolchain | null> {
  try {
    return await getPythonToolchain({ env: process.env, log: () => undefined });
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    console.error(`No gRPC for Python, so what needs it is skipped: ${error.message}`, error.install ?? "");
    return null;
  }
}

async function findPython(
  run: RunCommand,
  o: Omit<ToolchainOptions, "version">,
): Promise<{ command: string; version: string; build: string }> {
  // The packages hold machine code, of one version of Python and one kind of machine.
  const ask =
    "import platform, sys; print(platform.python_version(), sys.implementation.cache_tag, platform.machine())";
  let tooOld: string | undefined;
  for (const command of ["python3", "python"]) {
    const answer = await run(command, ["-c", ask], { env: o.env, signal: o.signal, timeoutMs: 20_000 });
    const [, version, minor, tag, machine] =
      (answer.code === 0 && /^(3\.(\d+)\S*) (\S+) (\S+)$/m.exec(answer.stdout)) || [];
    if (version === undefined) continue;
    if (Number(minor) >= oldestPython) return { command, version, build: `${tag}-${machine}` };
    tooOld ??= version;
  }
  const reason = tooOld ? `Python ${tooOld} is too old` : "Python is not installed";
  throw new BrokerError("tool-missing", reason, { install: installPython });
}

async function install(
  run: RunCommand,
  python: string,
  into: string,
  o: Omit<ToolchainOptions, "version">,
): Promise<void> {
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input"];
  const target = ["--no-user", "--only-binary=:all:", "--target", into];
  const args = ["-m", "pip", "install", ...quiet, ...target, ...packages];
  const limits = { env: o.env, signal: o.signal, timeoutMs: 300_000 };
  const done = await withElapsed(
    o.log,
    `Downloading gRPC ${grpcVersion} for Python (about 15 MB, once)`,
    async () => {
      const first = await run(python, args, limits);
      if (first.code === 0 || !first.stderr.includes("No module named pip")) return first;
      // Some systems have a Python without pip that can still make an environment with one.
      const helper = join(into, ".pip");
      const made = await run(python, ["-m", "venv", helper], limits);
      if (made.code !== 0) {
        const reason = `gRPC for Python is not in the cache yet, and ${python} has neither pip nor venv to get it`;
        throw new BrokerError("tool-missing", reason, { install: installPython });
      }
      const second = await run(join(helper, "bin", "python"), args, limits);
      await rm(helper, { recursive: true });
      return second;
    },
  );
  if (done.code !== 0) {
    const errors = done.stderr.split("\n").filter((line) => line.startsWith("ERROR"));
    const told = errors.length > 0 ? errors.join("\n") : done.stderr;
    throw new BrokerError(
      "install-failed",
      `pip could not install gRPC ${grpcVersion} for Python:\n${lastLines(told, 3)}`,
    );
  }
}
