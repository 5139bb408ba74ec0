import { request } from "node:http";
import { expect, test } from "./demo.ts";

const WEBSOCKET = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
};
/** All that the one port has: pages, assets, numbers, health, live data. */
const PATHS = [
  "/",
  "/icon.svg",
  "/api/v1/overview",
  "/metrics",
  "/healthz",
  "/socket.io/?EIO=4&transport=polling",
];

/** The status of the answer, with these headers as they are. */
function status(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { headers, agent: false })
      .on("response", (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
      .on("upgrade", (response, socket) => {
        socket.destroy();
        resolve(response.statusCode ?? 0);
      })
      .on("error", reject);
    asking.end();
  });
}

test("a page of others reads nothing, whatever its name points to", async ({ demo }) => {
  const { url } = demo.ready;
  const { host } = new URL(url);
  const asking: [headers: Record<string, string>, expected: number][] = [
    [{}, 200],
    [{ host, origin: url }, 200],
    [{ host: "evil.example", origin: "http://evil.example" }, 421],
    [{ host: "evil.example" }, 421],
    [{ host, origin: "http://evil.example" }, 403],
    [{ host, origin: "null" }, 403],
  ];
  for (const [headers, expected] of asking) {
    for (const path of PATHS)
      expect(await status(`${url}${path}`, headers), `${path} ${JSON.stringify(headers)}`).toBe(expected);
    const live = await status(`${url}/socket.io/?EIO=4&transport=websocket`, { ...headers, ...WEBSOCKET });
    expect(live, `WebSocket ${JSON.stringify(headers)}`).toBe(expected === 200 ? 101 : expected);
  }
});
