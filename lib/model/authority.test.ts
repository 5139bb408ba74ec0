import { describe, expect, it } from "vitest";
import { formatAuthority, parseAuthority } from "./authority.ts";

describe("parseAuthority", () => {
  it.each([
    ["localhost", "localhost", null],
    ["LocalHost.:4400", "localhost", 4400],
    ["streamside.example.com:443", "streamside.example.com", 443],
    ["my_app:80", "my_app", 80],
    ["127.0.0.1:4400", "127.0.0.1", 4400],
    ["127.1", "127.0.0.1", null],
    ["[::1]:4400", "[::1]", 4400],
    ["[0:0:0:0:0:0:0:1]", "[::1]", null],
    ["[FE80::1]", "[fe80::1]", null],
  ])("reads %s", (text, host, port) => {
    expect(parseAuthority(text)).toEqual({ host, port });
  });

  it.each([
    ["nothing", ""],
    ["a dot", "."],
    ["a space", "local host"],
    ["two hosts", "localhost, evil.example"],
    ["a user", "user@localhost"],
    ["a path", "localhost/x"],
    ["a URL", "http://localhost"],
    ["a port without digits", "localhost:"],
    ["port 0", "localhost:0"],
    ["a port too high", "localhost:65536"],
    ["two ports", "localhost:80:80"],
    ["IPv6 without brackets", "::1"],
    ["brackets without an address", "[::g]"],
    ["an open bracket", "[::1"],
    ["an address that is none", "256.0.0.1"],
    ["an escape", "local%68ost"],
    ["a backslash", "localhost\\x"],
    ["a star", "*"],
    ["letters beyond ASCII", "löcalhost"],
    ["an endless name", "a".repeat(254)],
  ])("refuses %s", (_case, text) => {
    expect(parseAuthority(text)).toBeNull();
  });

  it("is written back as it would be asked for", () => {
    for (const text of ["a.example", "a.example:8443", "[::1]:80"])
      expect(formatAuthority(parseAuthority(text)!)).toBe(text);
  });
});
