import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cacheDirectory, type Install, installOnce } from "./cache.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "streamside-cache-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

function installer(install: Install["install"]): Install & { lines: string[] } {
  const lines: string[] = [];
  return {
    directory: join(root, "tool", "1.0"),
    what: "tool 1.0",
    log: (line) => lines.push(line),
    lines,
    install,
  };
}

function deadPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

describe("cacheDirectory", () => {
  it("follows STREAMSIDE_CACHE, then XDG_CACHE_HOME, then the home directory", () => {
    const home = { HOME: "/h" };
    expect(cacheDirectory({ ...home, XDG_CACHE_HOME: "/x", STREAMSIDE_CACHE: "/s" })).toBe("/s");
    expect(cacheDirectory({ ...home, XDG_CACHE_HOME: "/x" })).toBe("/x/streamside");
    expect(cacheDirectory(home)).toBe("/h/.cache/streamside");
  });
});

describe("installOnce", () => {
  it("installs once for many who ask at the same time", async () => {
    let installs = 0;
    const o = installer(async (into) => {
      installs++;
      await writeFile(join(into, "file"), "whole");
    });
    await Promise.all([installOnce(o), installOnce(o), installOnce(o)]);
    expect(installs).toBe(1);
    expect(await readFile(join(o.directory, "file"), "utf8")).toBe("whole");
    expect(await readdir(join(root, "tool"))).toEqual(["1.0"]);
  });

  it("leaves nothing behind when it fails, and works the next time", async () => {
    const failing = installer(async (into) => {
      await writeFile(join(into, "half"), "");
      throw new Error("cut off");
    });
    await expect(installOnce(failing)).rejects.toThrow("cut off");
    expect(await readdir(join(root, "tool"))).toEqual([]);
    await installOnce(installer(async () => undefined));
    expect(await readdir(join(root, "tool"))).toEqual(["1.0"]);
  });

  it("takes over from an install that was killed and clears its half", async () => {
    const dead = deadPid();
    const o = installer(async () => undefined);
    await installOnce(o);
    await rm(o.directory, { recursive: true });
    await writeFile(`${o.directory}.lock`, JSON.stringify({ pid: dead, start: "long ago" }));
    await writeFile(`${o.directory}.partial-${dead}-abc`, "");
    await installOnce(o);
    expect(await readdir(join(root, "tool"))).toEqual(["1.0"]);
  });

  it("stops waiting for another install when aborted", async () => {
    let finish = () => {};
    const abort = new AbortController();
    let running: Promise<unknown> | undefined;
    await new Promise<void>((holdsTheLock) => {
      const first = installer(
        () =>
          new Promise<void>((resolve) => {
            finish = resolve;
            holdsTheLock();
          }),
      );
      running = installOnce(first);
    });
    const second = installer(async () => undefined);
    const waiting = installOnce({
      ...second,
      signal: abort.signal,
      log: (line) => {
        expect(line).toContain(String(process.pid));
        abort.abort();
      },
    });
    await expect(waiting).rejects.toMatchObject({ code: "aborted" });
    finish();
    await running;
  });
});
