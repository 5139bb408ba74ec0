import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSocketGateway, type SocketGateway } from "../push/socket-gateway.ts";
import { createFrontDoor } from "./front-door.ts";
import { createGuard } from "./guard.ts";
import { createRouter } from "./router.ts";

const PATHS = ["/", "/_next/static/x.js", "/api/v1/overview", "/metrics", "/healthz", "/readyz"];
const POLLING = "/socket.io/?EIO=4&transport=polling";
const UPGRADE = "/socket.io/?EIO=4&transport=websocket";
const WEBSOCKET = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
];

describe("the front door, asked by hand", () => {
  let http: Server;
  let gateway: SocketGateway;
  let port: number;
  let evaluated = 0;
  let marked: string[] = [];
  let reached: string[] = [];
  const refused: number[] = [];

  beforeAll(async () => {
    const inside = createServer();
    const evaluate = () => {
      evaluated++;
      return { asOf: 0, meta: { counts: {}, sources: [] }, rows: [] };
    };
    gateway = createSocketGateway({
      http: inside,
      evaluate,
      seriesOf: () => null,
      versionOf: () => "",
      now: () => 0,
      past: null,
    });
    const router = createRouter({
      evaluate,
      seriesOf: () => null,
      now: () => 0,
      past: null,
      longSeries: {
        read: () => Promise.reject(new Error("Nobody asks.")),
        parquet: () => Promise.reject(new Error("Nobody asks.")),
      },
      incidents: null,
      kept: async () => ({ isOn: false }),
      peek: () => Promise.reject(new Error("Nobody peeks.")),
      markLossesSeen: (id) => marked.push(id),
      notReady: () => null,
      metrics: async () => ({ contentType: "text/plain", text: "up 1\n" }),
      page: (_request, response) => void response.end("<page>"),
      onError: () => {},
    });
    inside.on("request", (request, response) => {
      reached.push(request.url ?? "");
      if (request.url?.startsWith("/socket.io/")) return;
      router(request, response);
    });
    // As Next does, which then sees every upgrade too.
    inside.on("upgrade", (request) => reached.push(request.url ?? ""));
    http = createFrontDoor(inside, {
      guard: createGuard({ host: "127.0.0.1", publicHosts: [] }),
      onRefused: ({ status }) => refused.push(status),
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    port = (http.address() as AddressInfo).port;
  });
  afterAll(async () => {
    const closed = new Promise((resolve) => http.close(resolve));
    await gateway.close();
    http.closeAllConnections();
    await closed;
  });

  /** Status, headers and body of the first answer to these very lines. */
  function ask(
    path: string,
    headers: readonly string[],
    version = "1.1",
    method = "GET",
  ): Promise<{ status: number; text: string }> {
    reached = [];
    refused.length = 0;
    return new Promise((resolve, reject) => {
      let text = "";
      const socket = connect(port, "127.0.0.1");
      const done = () => {
        socket.destroy();
        resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), text });
      };
      socket.setEncoding("latin1");
      socket.on("error", reject);
      socket.on("close", done);
      socket.on("data", (chunk: string) => {
        text += chunk;
        // An accepted upgrade stays open.
        if (text.startsWith("HTTP/1.1 101") && text.includes("\r\n\r\n")) done();
      });
      const close = headers.some((line) => line.startsWith("Connection:")) ? [] : ["Connection: close"];
      socket.write([`${method} ${path} HTTP/${version}`, ...headers, ...close, "", ""].join("\r\n"));
    });
  }
  const own = () => `127.0.0.1:${port}`;

  /** Who asks, by Host and Origin, and the statuses of HTTP, polling and upgrade. */
  const ASKING: [string, () => string[], number | null, string?][] = [
    ["a program with our Host", () => [`Host: ${own()}`], null],
    ["our own page", () => [`Host: ${own()}`, `Origin: http://${own()}`], null],
    ["localhost", () => [`Host: localhost:${port}`, `Origin: http://localhost:${port}`], null],
    ["a name that was pointed here", () => ["Host: evil.example", "Origin: http://evil.example"], 421],
    ["the same without Origin", () => [`Host: evil.example:${port}`], 421],
    ["a foreign page", () => [`Host: ${own()}`, "Origin: http://evil.example"], 403],
    ["a sandboxed page", () => [`Host: ${own()}`, "Origin: null"], 403],
    ["a page of another port", () => [`Host: ${own()}`, `Origin: http://127.0.0.1:${port + 1}`], 403],
    ["two Origins", () => [`Host: ${own()}`, `Origin: http://${own()}`, "Origin: null"], 403],
    ["a page that hides its Origin", () => [`Host: ${own()}`, "Sec-Fetch-Site: cross-site"], 403],
    ["two Hosts", () => [`Host: ${own()}`, "Host: evil.example"], 400],
    ["no Host", () => [], 400],
    ["no Host in HTTP/1.0", () => [], 400, "1.0"],
    ["an absurd Host", () => ["Host: @"], 400],
  ];

  describe.each(ASKING)("%s", (_who, headers, status, version) => {
    it(status === null ? "is answered over HTTP" : `is refused over HTTP with ${status}`, async () => {
      const before = evaluated;
      for (const path of PATHS) {
        const answer = await ask(path, headers(), version);
        expect(answer.status, path).toBe(status ?? 200);
        expect(reached, path).toEqual(status === null ? [path] : []);
        if (status !== null) expectProblem(answer.text, status);
      }
      expect(evaluated - before).toBe(status === null ? 1 : 0);
    });

    it(status === null ? "may poll" : `is refused polling with ${status}`, async () => {
      const answer = await ask(POLLING, headers(), version);
      expect(answer.status).toBe(status ?? 200);
      if (status === null) expect(answer.text).toContain('"sid"');
      else expectProblem(answer.text, status);
      expect(reached).toEqual(status === null ? [POLLING] : []);
    });

    it(status === null ? "may open a WebSocket" : `is refused a WebSocket with ${status}`, async () => {
      const answer = await ask(UPGRADE, [...headers(), ...WEBSOCKET], version);
      expect(answer.status).toBe(status ?? 101);
      if (status !== null) expectProblem(answer.text, status);
      expect(reached).toEqual(status === null ? [UPGRADE] : []);
    });
  });

  const form = ["Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"];
  it.each<[string, () => string[], number]>([
    ["our own page", () => [`Host: ${own()}`, `Origin: http://${own()}`, "Sec-Fetch-Site: same-origin"], 200],
    ["a program", () => [`Host: ${own()}`], 200],
    ["a form of a foreign page", () => [`Host: ${own()}`, "Origin: http://evil.example", ...form], 403],
    ["the same without Origin", () => [`Host: ${own()}`, "Sec-Fetch-Site: cross-site", ...form], 403],
    ["a form of another port", () => [`Host: ${own()}`, "Sec-Fetch-Site: same-site", ...form], 403],
    ["a name that was pointed here", () => [`Host: evil.example:${port}`], 421],
  ])("of a change %s is answered or refused", async (_who, headers, status) => {
    marked = [];
    const answer = await ask("/api/v1/consumers/a:b/losses/seen", headers(), "1.1", "POST");
    expect(answer.status).toBe(status);
    expect(marked).toEqual(status === 200 ? ["a:b"] : []);
  });

  it("refuses a stranger the session of somebody else, on either way", async () => {
    const { text } = await ask(POLLING, [`Host: ${own()}`]);
    const sid = /"sid":"([^"]+)"/.exec(text)?.[1];
    expect(sid).toBeDefined();
    const strange = ["Host: evil.example", "Origin: http://evil.example"];
    expect((await ask(`${POLLING}&sid=${sid}`, strange)).status).toBe(421);
    expect((await ask(`${UPGRADE}&sid=${sid}`, [...strange, ...WEBSOCKET])).status).toBe(421);
    expect((await ask(`${UPGRADE}&sid=${sid}`, [`Host: ${own()}`, ...WEBSOCKET])).status).toBe(101);
  });

  it("refuses upgrades of other paths too", async () => {
    const strange = ["Host: evil.example", ...WEBSOCKET];
    expect((await ask("/_next/hmr", strange)).status).toBe(421);
    expect(reached).toEqual([]);
  });

  function expectProblem(text: string, status: number): void {
    const [head = "", body = ""] = text.split("\r\n\r\n");
    expect(head.toLowerCase()).toContain("content-type: application/problem+json");
    expect(JSON.parse(body.slice(body.indexOf("{"), body.lastIndexOf("}") + 1))).toMatchObject({
      type: "about:blank",
      status,
      title: expect.any(String),
      detail: expect.any(String),
    });
    expect(refused).toEqual([status]);
  }
});
