import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { isFree, pickPort } from "./free-port.ts";

const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done)))));

function occupy(host: string): Promise<number> {
  const server = createServer();
  servers.push(server);
  return new Promise((resolve) => {
    server.listen({ port: 0, host }, () => resolve((server.address() as AddressInfo).port));
  });
}

describe("pickPort", () => {
  it("takes the preferred port where it is free", async () => {
    const port = await pickPort();
    expect(await pickPort(port)).toBe(port);
  });

  it.each(["127.0.0.1", "0.0.0.0"])("takes another where something listens on %s", async (host) => {
    const taken = await occupy(host);
    expect(await isFree(taken)).toBe(false);
    const port = await pickPort(taken);
    expect(port).not.toBe(taken);
    expect(port).toBeGreaterThan(0);
  });
});
