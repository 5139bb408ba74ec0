// What the commands share: installing, building, running a step with its name and time. Plain JavaScript on Node's own
// modules, because it runs before anything is installed.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Progress goes to standard error where standard output is for a program to read. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs a command. Quiet commands are heard of every few seconds, and their output is shown when they fail.
 * @param {string} title what is being done, for a person
 * @param {string[]} command program and arguments
 * @param {{ quiet?: boolean, env?: Record<string, string>, cwd?: string }} [options]
 * @returns {Promise<{ code: number, seconds: number, output: string }>}
 */
export function run(title, command, { quiet = true, env = {}, cwd = root } = {}) {
  const [program, ...args] = command;
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  say(`· ${title} …`);
  const ticker = quiet ? setInterval(() => say(`  … ${title}: ${seconds()} s`), 10_000) : undefined;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", ...env },
      stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
    });
    let output = "";
    const keep = (chunk) => {
      output = (output + chunk).slice(-200_000);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    const finish = (code, message = "") => {
      clearInterval(ticker);
      const ok = code === 0;
      if (quiet && !ok) say(output.trimEnd());
      if (message) say(message);
      say(`${ok ? "✓" : "✗"} ${title} (${seconds()} s)`);
      resolve({ code, seconds: seconds(), output });
    };
    child.on("error", (error) => finish(127, `Cannot run ${program}: ${error.message}`));
    child.on("close", (code, signal) =>
      finish(code ?? 1, signal ? `${program} was ended by ${signal}.` : ""),
    );
  });
}

/** Path for a tool's report of this run: git-ignored, its folder there, no older report in it. */
export function reportFile(name) {
  const folder = join(root, "node_modules", ".cache");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  rmSync(path, { force: true });
  return path;
}

/** Path of a package's command. */
export function bin(name) {
  return join(root, "node_modules", ".bin", name);
}

/** Installs the packages unless what is installed is what the lock file asks for. Exits when it cannot. */
export async function ensureDependencies() {
  checkNode();
  const stamp = join(root, "node_modules", ".streamside-installed");
  const wanted = hashFiles(["package-lock.json"]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  // Not `npm ci`: it refuses a lock file that lacks the optional binaries of platforms its registry does not carry.
  // `--no-save` installs the locked versions all the same and leaves the lock file alone.
  const { code } = await run("Installing packages", [
    "npm",
    "install",
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ]);
  if (code !== 0)
    exit("The packages could not be installed; what npm said is above. Check the network and try again.");
  writeFileSync(stamp, wanted);
}

/** Builds dashboard and server unless the build is of these very sources. Exits when it cannot. */
export async function ensureBuild() {
  const stamp = join(root, "dist", ".streamside-built");
  const wanted = hashFiles(sourceFiles());
  const built = existsSync(join(root, ".next", "BUILD_ID")) && existsSync(stamp);
  if (built && readFileSync(stamp, "utf8") === wanted) return;
  const results = await Promise.all([
    run("Building the dashboard", [bin("next"), "build"]),
    run("Building the server", ["node", join(root, "scripts", "bundle.mjs")]),
  ]);
  if (results.some(({ code }) => code !== 0)) exit("The build failed; what the compiler said is above.");
  writeFileSync(stamp, wanted);
}

export function exit(message) {
  say(message);
  process.exit(1);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 9)) return;
  exit(`Streamside needs Node 20.9 or newer; this is ${process.versions.node}.`);
}

function sourceFiles() {
  const files = [
    "package-lock.json",
    "tsconfig.json",
    "next.config.js",
    "postcss.config.mjs",
    "server.ts",
    "demo.ts",
  ];
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.name === "node_modules" || entry.name === "dist") continue;
      if (entry.isDirectory()) walk(path);
      else if (!/\.(test|int\.test)\.tsx?$/.test(entry.name)) files.push(path);
    }
  };
  for (const folder of ["app", "components", "lib", "brokers", "packages", "bench", "scripts"]) {
    if (existsSync(join(root, folder))) walk(folder);
  }
  return files.sort();
}

function hashFiles(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const full = join(root, path);
    if (existsSync(full) && statSync(full).isFile())
      hash.update(path).update("\0").update(readFileSync(full));
  }
  return hash.digest("hex");
}
