import { describe, expect, it } from "vitest";
import { addressOf, countOf, idOf, plainAddress, securityOf, timeOf, windowsOf } from "./raw-values.ts";

const tcp = (bytes: number[], port?: number) =>
  addressOf({ tcpipAddress: { ipAddress: Uint8Array.from(bytes), ...(port !== undefined && { port }) } });

describe("what channelz tells", () => {
  it("has counters that are 0 where they are left out, and unknown where they are absurd", () => {
    expect([undefined, "0", "7", "9007199254740991"].map(countOf)).toEqual([0, 0, 7, 2 ** 53 - 1]);
    expect(["-1", "9223372036854775807", "x"].map(countOf)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect([undefined, "0", "-3", "9223372036854775807", "3"].map(idOf)).toEqual([null, null, null, null, 3]);
  });

  it("has times, where there was one", () => {
    expect(timeOf({ seconds: "1700000000", nanos: 250_000_000 })).toBe(1_700_000_000_250);
    for (const none of [undefined, {}, { seconds: "-62135596800" }, { seconds: "9223372036854775807" }]) {
      expect(timeOf(none)).toBeNaN();
    }
  });

  it("has addresses of any kind", () => {
    expect(tcp([10, 0, 0, 1], 50051)).toBe("10.0.0.1:50051");
    expect(tcp([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1], 1)).toBe("10.0.0.1:1");
    expect(tcp([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 443)).toBe("[2001:db8::1]:443");
    expect(tcp([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])).toBe("[::1]:0");
    expect(tcp([1, 2, 3], 9)).toBe("");
    expect(addressOf({ udsAddress: { filename: "/run/x.sock" } })).toBe("unix:/run/x.sock");
    expect(addressOf({ udsAddress: {} })).toBe("unix");
    expect(addressOf({ otherAddress: { name: "ipv6:[::1]:77" } })).toBe("[::1]:77");
    expect(addressOf({ otherAddress: { name: "in-process" } })).toBe("in-process");
    expect(addressOf({})).toBe("");
    expect(addressOf(undefined)).toBe("");
    expect(plainAddress("[::ffff:127.0.0.1]:80")).toBe("127.0.0.1:80");
    expect(plainAddress("[fe80::1%eth0]:80")).toBe("[fe80::1]:80");
    expect(plainAddress("ipv4:10.0.0.1:80")).toBe("10.0.0.1:80");
    expect(plainAddress("ipv6:%5B::1%5D:80")).toBe("[::1]:80");
  });

  it("has windows: both, neither, or one of them shut", () => {
    expect(windowsOf({})).toEqual({ local: Number.NaN, remote: Number.NaN });
    const local = { value: "65535" };
    expect(windowsOf({ localFlowControlWindow: local })).toEqual({ local: 65_535, remote: 0 });
    expect(windowsOf({ localFlowControlWindow: local, remoteFlowControlWindow: {} }).remote).toBe(0);
    expect(windowsOf({ remoteFlowControlWindow: { value: "-12" } })).toEqual({ local: 0, remote: 0 });
    expect(windowsOf({ remoteFlowControlWindow: { value: "9223372036854775807" } }).remote).toBeNaN();
  });

  it("has names for what protects a connection", () => {
    const tls = (names: { standardName?: string; otherName?: string }) =>
      securityOf({ security: { tls: names } });
    expect(tls({ standardName: "TLS_AES_128_GCM_SHA256" })).toBe("TLS_AES_128_GCM_SHA256");
    expect([tls({ otherName: "x" }), tls({}), securityOf({}), securityOf({ security: {} })]).toEqual([
      "x",
      "TLS",
      "",
      "",
    ]);
    expect(securityOf({ security: { other: { name: "ALTS" } } })).toBe("ALTS");
  });
});
