import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SOURCE_KINDS } from "../sources/index.ts";
import { loadConfig } from "./load-config.ts";
import { ConfigError, formatConfigError } from "./problems.ts";

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "streamside-config-"));
  mkdirSync(join(cwd, "sub"));
  writeFileSync(join(cwd, "streamside.yaml"), "sources: [{id: one, kind: grpc, target: a:1}]\n");
  writeFileSync(
    join(cwd, "sub/other.yaml"),
    "\uFEFFsources:\n  - {id: two, kind: nats, servers: a, user: u, passwordFile: pw}\n",
  );
  writeFileSync(join(cwd, "sub/pw"), "s3cret\n");
  writeFileSync(join(cwd, "latin1.yaml"), Buffer.from([0x23, 0xe9, 0x0a]));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const first = (o: { path?: string; env?: Record<string, string> } = {}) =>
  loadConfig({ kinds: SOURCE_KINDS, env: {}, cwd, ...o }).sources[0]?.config;

function errorOf(o: { path?: string; env?: Record<string, string> }): ConfigError {
  try {
    first(o);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("no ConfigError");
}

describe("loadConfig", () => {
  it("takes --config, then STREAMSIDE_CONFIG, then streamside.yaml", () => {
    const env = { STREAMSIDE_CONFIG: "sub/other.yaml" };
    expect(first()?.id).toBe("one");
    expect(first({ env })?.id).toBe("two");
    expect(first({ env, path: "streamside.yaml" })?.id).toBe("one");
  });

  it("reads secret files beside the configuration", () => {
    expect(first({ path: "sub/other.yaml" })).toMatchObject({
      auth: { method: "password", user: "u", password: "s3cret" },
    });
  });

  it.each([
    ["nothing.yaml", "no such file"],
    ["sub", "it is a directory"],
    ["latin1.yaml", "not UTF-8 text"],
    ["/dev/zero", "larger than 1 MiB"],
  ])("reports %s as %s, and the environment with it", (path, reason) => {
    const error = errorOf({ path, env: { STREAMSIDE_PORT: "abc" } });
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.problems.map((p) => [p.line, p.path])).toEqual([
      [null, ""],
      [null, "STREAMSIDE_PORT"],
    ]);
    expect(error.problems[0]?.message).toBe(`the file cannot be read (${reason})`);
  });
});

describe("formatConfigError", () => {
  it("is one message with a line for each mistake", () => {
    writeFileSync(join(cwd, "bad.yaml"), "prot: 1\nsources:\n  - id: a\n    kind: grpc\n");
    const error = errorOf({ path: "bad.yaml", env: { STREAMSIDE_PORT: "abc" } });
    expect(formatConfigError(error)).toBe(
      [
        `3 mistakes in ${join(cwd, "bad.yaml")}; nothing was started:`,
        '  environment: STREAMSIDE_PORT: is "abc" — expected a whole number from 0 to 65535',
        "  bad.yaml:1:1: prot: unknown key prot, did you mean port? — expected one of host, port, publicHosts, dataDir, sources, metrics, sampling, limits, history",
        "  bad.yaml:3:5: sources[0].target: is missing — expected host:port, or a gRPC name such as dns:///host:port or dns://server:port/host:port",
      ].join("\n"),
    );
  });

  it("stops after a hundred", () => {
    const problems = Array.from({ length: 150 }, (_, i) => ({
      line: i,
      path: "",
      message: "m",
      expected: "e",
    }));
    expect(formatConfigError(new ConfigError("f", problems)).split("\n").at(-1)).toBe("  … and 50 more");
  });
});
