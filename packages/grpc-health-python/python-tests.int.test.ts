import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { findGrpcPython } from "../../brokers/index.ts";
import { runCommand } from "../../brokers/run-command.ts";

const python = await findGrpcPython();

test.skipIf(python === null)("the package's own tests, by Python's unittest", async () => {
  const { command, path } = python!;
  const done = await runCommand(command, ["-s", "-m", "unittest"], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    env: { ...process.env, PYTHONPATH: `src:${path}`, PYTHONDONTWRITEBYTECODE: "1" },
    timeoutMs: 55_000,
  });
  expect(done.stderr).toMatch(/Ran \d\d+ tests/);
  expect(done.stderr).toMatch(/\nOK( \(.*\))?\n$/);
  expect(done.code).toBe(0);
});
