import { describe, expect, it } from "vitest";
import { parseServer, passesFilter } from "./config.ts";

describe("parseServer", () => {
  it.each([
    ["host", "host", 4222, "host:4222", "host"],
    ["nats://host:99", "host", 99, "host:99", "host"],
    ["tls://user:pw@host:99/", "host", 99, "host:99", "host"],
    ["127.0.0.1:5", "127.0.0.1", 5, "127.0.0.1:5", undefined],
    ["[::1]:5", "::1", 5, "[::1]:5", undefined],
    ["nats://[::1]", "::1", 4222, "[::1]:4222", undefined],
  ])("%s", (server, host, port, text, servername) => {
    expect(parseServer(server)).toEqual({ host, port, text, servername });
  });
});

describe("passesFilter", () => {
  it("wants a match of include and none of exclude, whatever the flags remember", () => {
    const filter = { include: /^orders/g, exclude: /-test$/g };
    for (let i = 0; i < 3; i++) {
      expect(passesFilter(filter, "orders-eu")).toBe(true);
      expect(passesFilter(filter, "orders-test")).toBe(false);
      expect(passesFilter(filter, "payments")).toBe(false);
    }
    expect(passesFilter(undefined, "x")).toBe(true);
  });
});
