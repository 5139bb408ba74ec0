import { afterEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../../async/manual-clock.fixture.ts";
import { factText } from "../../../format/index.ts";
import { startDns } from "../test-dns.ts";
import { addressFacts } from "../words/target-facts.ts";
import { Addresses, MOST_ADDRESSES } from "./addresses.ts";
import { lookUp, planTarget } from "./resolve.ts";

const clock = new ManualClock();
const ending: (() => void)[] = [];
afterEach(() => {
  for (const end of ending.splice(0)) end();
});

describe("a target", () => {
  it.each([
    ["quotes:50051", { host: "quotes", port: 50_051, server: null }],
    ["dns:quotes", { host: "quotes", port: 443, server: null }],
    ["dns:///quotes.example.com:1", { host: "quotes.example.com", port: 1, server: null }],
    ["dns://10.0.0.53:5353/quotes:1", { host: "quotes", port: 1, server: "10.0.0.53:5353" }],
    ["dns://[::1]:53/quotes:1", { host: "quotes", port: 1, server: "[::1]:53" }],
  ])("%s is a name", (target, name) => {
    expect(planTarget(target)).toEqual({ kind: "name", name });
  });

  it.each([
    ["127.0.0.1:1", "[::1]:1", "dns:///[::1]:1", "localhost:1", "dns:///localhost:1"],
    [
      "unix:/run/quotes.sock",
      "unix:///run/quotes.sock",
      "ipv4:10.0.0.1:1",
      "ipv6:[::1]:1",
      "ipv4:10.0.0.1:1,",
    ],
  ])("%s and its like are one address, as they are written", (...targets) => {
    for (const target of targets) {
      expect(planTarget(target)).toEqual({
        kind: "fixed",
        addresses: [{ name: target, dial: target, family: 0 }],
      });
    }
  });

  it("may list several, of which the same one counts once", () => {
    expect(planTarget("ipv4:10.0.0.1:1,10.0.0.2:1,10.0.0.1:1")).toEqual({
      kind: "fixed",
      addresses: [
        { name: "10.0.0.1:1", dial: "ipv4:10.0.0.1:1", family: 4 },
        { name: "10.0.0.2:1", dial: "ipv4:10.0.0.2:1", family: 4 },
      ],
    });
  });

  it("of very many addresses is watched at the first of them", async () => {
    const names = Array.from({ length: 70 }, (_, i) => `10.0.0.${i + 1}:1`);
    const addresses = new Addresses({ target: `ipv4:${names.join(",")}`, timeoutMs: 100, clock });
    expect(await addresses.current()).toHaveLength(MOST_ADDRESSES);
    const [fact] = addressFacts(addresses, 2);
    expect(fact?.label).toBe("Addresses");
    expect(factText(fact!.value, 0)).toBe("70, 64 of them watched, 2 of them not answering");
  });
});

describe("a look-up", () => {
  const nameAt = async (...answers: string[]) => {
    const dns = await startDns(answers);
    ending.push(() => dns.close());
    return { dns, name: { host: "quotes.test", port: 1, server: dns.address } };
  };

  it("tells the addresses of both families", async () => {
    const { name } = await nameAt("::1", "127.0.0.2", "127.0.0.2");
    expect(await lookUp(name, 1_000, clock)).toEqual([
      { name: "127.0.0.2:1", dial: "ipv4:127.0.0.2:1", family: 4 },
      { name: "[::1]:1", dial: "ipv6:[::1]:1", family: 6 },
    ]);
  });

  it("that finds nothing, or nobody who answers, fails and says who was asked", async () => {
    const { dns, name } = await nameAt();
    await expect(lookUp(name, 1_000, clock)).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining(`the DNS server ${dns.address} knows no address (ENODATA)`),
    });
    dns.answers = null;
    const late = clock.advanceUntil(lookUp(name, 100, clock));
    await expect(late).rejects.toMatchObject({ code: "TIMEOUT" });
    await expect(lookUp({ ...name, server: "ns.example" }, 100, clock)).rejects.toMatchObject({
      hint: "Write dns://IP:port/host:port.",
    });
  });
});
