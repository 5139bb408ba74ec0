import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Incident } from "../../model/incident.ts";
import type { LiveQuery } from "../../model/live.ts";
import { problem } from "../../model/problem.ts";
import type { SectionRow, SourceSection } from "../../model/source.ts";
import { layoutOf, observe } from "../../pipeline/test-observation.ts";
import { withCalls } from "../../store/test-calls.ts";
import { addSource, COST, kafkaStore } from "../../store/test-store.ts";
import { evaluate } from "../../views/evaluate.ts";
import { seriesOf } from "../../views/series.ts";
import { createMetrics } from "../metrics/render-metrics.ts";
import type { Incidents } from "./incidents.ts";
import type { LongSeriesApi, LongSeriesQuery } from "./long-series.ts";
import { createRouter } from "./router.ts";

const NOW = 60_000;
const MESSAGE = {
  ...{ subject: "orders.paid", at: NOW, bytes: 3, payload: null, payloadNote: "Not text." },
  headers: [{ key: "a", value: "b" }],
};
const ODD = "größe/%2F a+b";

describe("the HTTP interface", () => {
  let http: Server;
  let port: number;
  let missing: string | null;
  let failing: Error | null;
  let asked: LiveQuery[];
  const errors: unknown[] = [];
  const { store } = kafkaStore();
  const odd = addSource(store, "odd");
  odd.accept(
    observe(layoutOf({ streams: { t: 1 }, consumers: { [ODD]: ["t"] } }), {
      at: NOW,
      head: 5,
      position: 3,
    }),
    COST,
  );
  const section = (key: string, rows: readonly SectionRow[]): SourceSection => {
    const title = key === "servers" ? "Servers" : key;
    return { key, title, columns: [{ label: "Name", kind: "text" }], rows, total: 3, asOf: NOW };
  };
  addSource(store, "edge", "nats").accept(
    {
      ...observe(layoutOf({ streams: {}, consumers: {} }), {
        at: NOW,
        events: [{ at: NOW, kind: "server", title: "Joined" }],
      }),
      sections: [
        section("servers", [{ id: "n1", cells: ["n1"] }]),
        section("routes", []),
        section("accounts", [
          { id: "a", cells: ["a"] },
          { id: "b", cells: ["b"], trouble: "full" },
        ]),
      ],
    },
    COST,
  );
  addSource(store, "rpc", "grpc").accept(
    withCalls(
      observe(layoutOf({ streams: { Watch: { lanes: 0, kind: "method" } }, consumers: {} }), { at: NOW }),
      [
        { key: "p.1", connection: 1, queued: 2, waitingMs: 5_000 },
        { key: "p.2", connection: 1, clientName: "desk" },
      ],
    ),
    COST,
  );
  store.tick(NOW);

  const seriesAsked: LongSeriesQuery[] = [];
  const longSeries: LongSeriesApi = {
    async read(query) {
      seriesAsked.push(query);
      if (query.entities.includes("none")) return problem(503, "It cannot be read.");
      const series = query.entities.flatMap((entity) =>
        query.measures.map((measure) => ({ entity, measure, points: [[NOW, 1, 1.5, 2] as const] })),
      );
      return { from: query.from, to: query.to, step: query.stepMs, series };
    },
    parquet: async ({ entities }) =>
      entities.includes("none") ? problem(503, "It cannot be read.") : Uint8Array.of(80, 65, 82, 49),
  };
  const marked = new Map<string, Incident>();
  const incidents: Incidents = {
    list: async () => [...marked.values()],
    async mark(asked) {
      if (asked.from === 1) return problem(404, "Nothing is recorded of that span.");
      const incident = { ...asked, id: "an-id", markedAt: 5 };
      marked.set(incident.id, incident);
      return incident;
    },
    delete: async (id) => marked.delete(id),
    async export(id) {
      const incident = marked.get(id);
      return incident === undefined ? null : { incident, bytes: Readable.from([`bytes of ${id}`]) };
    },
  };

  beforeAll(async () => {
    const router = createRouter({
      evaluate(query, now) {
        asked.push(query);
        if (failing !== null) throw failing;
        return evaluate(store.at(now), query);
      },
      seriesOf: (query, now, after) => seriesOf(store.at(now), query, after),
      now: () => NOW,
      async peek(streamId, sequence) {
        if (streamId !== "prod:orders") return { problem: problem(403, `${streamId} is not for you.`) };
        return { message: { ...MESSAGE, sequence } };
      },
      past: {
        at: async (at, path, parameters) => ({
          status: 200,
          body: { at, path, asked: parameters.toString() },
        }),
        compare: async (at, other, limit) => ({ status: 200, body: { at, other, limit } }),
        marks: async (asked) => ({ status: 200, body: asked }),
      },
      longSeries,
      incidents,
      kept: async () => ({ isOn: false }),
      markLossesSeen: (id) => (id === "prod:größe/%2F a+b" ? 900 : null),
      notReady: () => missing,
      metrics: createMetrics({
        store,
        kinds: [],
        now: () => NOW,
        maxPositionSeries: 100,
        sockets: () => ({ clients: 0, queries: 0 }),
      }),
      page: (_request, response) =>
        void response.writeHead(200, { "content-type": "text/html" }).end("<page>"),
      onError: (error) => errors.push(error),
    });
    http = createServer(router);
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    port = (http.address() as AddressInfo).port;
  });
  afterAll(() => {
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  });
  beforeEach(() => {
    missing = null;
    failing = null;
    asked = [];
    errors.length = 0;
  });

  /** The path as given: `fetch` would tidy it. */
  function ask(path: string, method = "GET") {
    return new Promise<{
      status: number;
      type: string;
      allow: string | undefined;
      text: string;
      // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the answer holds.
      json: () => any;
    }>((resolve, reject) => {
      httpRequest({ host: "127.0.0.1", port, path, method }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers["content-type"] ?? "",
            allow: response.headers.allow,
            text,
            json: () => JSON.parse(text),
          }),
        );
      })
        .on("error", reject)
        .end();
    });
  }

  async function expectProblem(path: string, status: number, detail: RegExp, method = "GET") {
    const answer = await ask(path, method);
    expect(answer.status).toBe(status);
    expect(answer.type).toBe("application/problem+json; charset=utf-8");
    const problem = answer.json();
    expect(problem).toMatchObject({ type: "about:blank", status, title: expect.any(String) });
    expect(problem.detail).toMatch(detail);
    return problem;
  }

  describe("health", () => {
    it("is healthy while it runs", async () => {
      expect(await ask("/healthz")).toMatchObject({
        status: 200,
        type: expect.stringContaining("application/json"),
      });
    });

    it("is ready once every source was sampled or has failed", async () => {
      expect((await ask("/readyz")).status).toBe(200);
      missing = "Not sampled yet: prod.";
      await expectProblem("/readyz", 503, /Not sampled yet: prod/);
    });

    it("has metrics", async () => {
      const { status, type, text } = await ask("/metrics");
      expect(status).toBe(200);
      expect(type).toMatch(/^text\/plain/);
      expect(text).toContain("streamside_source_up");
    });
  });

  describe("the API", () => {
    it("has the overview", async () => {
      const body = (await ask("/api/v1/overview")).json();
      expect(body).toMatchObject({ asOf: NOW, counts: { warning: 1 } });
      expect(body.systems.map(({ system }: { system: string }) => system)).toEqual(["kafka", "nats", "grpc"]);
      expect(body.systems[0]).toMatchObject({ status: "behind", backlog: { value: 3_002, asOf: NOW } });
      expect(body.systems[0]).not.toHaveProperty("id");
    });

    it("has the sources", async () => {
      expect((await ask("/api/v1/sources")).json()).toMatchObject([
        { id: "edge", kind: "nats" },
        { id: "odd", kind: "kafka" },
        {
          id: "prod",
          status: "live",
          asOf: NOW,
          intervalMs: 1_000,
          lastError: null,
          sample: { durationMs: 12 },
        },
        { id: "rpc", kind: "grpc" },
      ]);
    });

    it("has the streams", async () => {
      expect((await ask("/api/v1/streams?source=prod&sort=name&limit=1")).json()).toMatchObject({
        asOf: NOW,
        total: 2,
        items: [{ id: "prod:orders" }],
      });
    });

    it("has the consumers, filtered, sorted and paged", async () => {
      const all = (await ask("/api/v1/consumers?source=prod")).json();
      expect(all).toMatchObject({ asOf: NOW, total: 2 });
      expect(all.items.map(({ id }: { id: string }) => id)).toEqual(["prod:slow", "prod:billing"]);
      expect(all.items[0]).toMatchObject({
        source: "prod",
        system: "kafka",
        status: "behind",
        drain: { kind: "never" },
      });
      expect(all.items[0]).not.toHaveProperty("spark");
      expect((await ask("/api/v1/consumers?status=behind,stalled")).json().items).toHaveLength(1);
      expect((await ask("/api/v1/consumers?status=ok&status=behind")).json().items).toHaveLength(2);
      expect((await ask("/api/v1/consumers?q=bil&reverse=true&limit=5&offset=0")).json().total).toBe(1);
    });

    it("has one source with its tables", async () => {
      const body = (await ask("/api/v1/sources/edge")).json();
      expect(body).toMatchObject({
        id: "edge",
        status: "live",
        sections: [
          {
            key: "servers",
            title: "Servers",
            total: 3,
            asOf: NOW,
            rows: [{ cells: ["n1"], id: "servers/n1" }],
          },
          { key: "routes", rows: [] },
          { key: "accounts", rows: [{ id: "accounts/a" }, { id: "accounts/b", trouble: "full" }] },
        ],
        events: [{ title: "Joined" }],
      });
      expect((await ask("/api/v1/sources/%65dge")).json().id).toBe("edge");
    });

    it("has single messages of a stream", async () => {
      const answer = await ask("/api/v1/streams/prod%3Aorders/messages/9007199254740991");
      expect([answer.status, answer.json()]).toEqual([200, { ...MESSAGE, sequence: 9_007_199_254_740_991 }]);
      await expectProblem("/api/v1/streams/edge:x/messages/7", 403, /edge:x is not for you/);
      for (const number of ["0", "-1", "1.5", "1e3", "x", "", "9007199254740992", "99999999999999999"]) {
        await expectProblem(`/api/v1/streams/prod:orders/messages/${number}`, 400, /whole number from 1/);
      }
      await expectProblem("/api/v1/streams/prod:orders/messages/7?raw=1", 400, /raw/);
      await expectProblem("/api/v1/streams/%/messages/7", 404, /no \/api/);
      await expectProblem("/api/v1/streams/prod:orders/messages/7/more", 404, /no such stream/);
    });

    it("answers for a moment that is over, whatever is asked, and says what an instant is", async () => {
      const at = Date.UTC(2026, 10, 30, 2, 13, 4);
      for (const text of ["2026-11-30T02:13:04Z", "2026-11-30T03:13:04.000%2B01:00", String(at)]) {
        const answer = await ask(`/api/v1/consumers?limit=5&at=${text}`);
        expect(answer.json()).toEqual({ at, path: "consumers", asked: "limit=5" });
      }
      for (const text of [
        "",
        "now",
        "2026-11-30",
        "2026-11-30T02:13:04",
        "2026-13-30T02:13:04Z",
        "9".repeat(17),
      ]) {
        await expectProblem(`/api/v1/overview?at=${text}`, 400, /at= is an instant/);
      }
    });

    it("compares two moments, with now where none is given", async () => {
      expect((await ask("/api/v1/compare?at=2000&with=1000&limit=7")).json()).toEqual({
        at: 2_000,
        other: 1_000,
        limit: 7,
      });
      expect((await ask("/api/v1/compare?with=1000")).json()).toEqual({ at: NOW, other: 1_000, limit: 100 });
      for (const query of ["", "at=x&with=1000", "with=yesterday"]) {
        await expectProblem(`/api/v1/compare?${query}`, 400, /with=, and at=/);
      }
      await expectProblem("/api/v1/compare?with=1&limit=0", 400, /limit=/);
      await expectProblem("/api/v1/compare?with=1&to=2", 400, /Unknown parameter/);
    });

    it("tells what is kept, and what happened in a span", async () => {
      expect((await ask("/api/v1/recordings")).json()).toEqual({ isOn: false });
      await expectProblem("/api/v1/recordings?x=1", 400, /Unknown parameter/);
      expect((await ask("/api/v1/marks?from=1000&to=2000&most=7")).json()).toEqual({
        ...{ from: 1000, to: 2000, most: 7, source: null, entity: null },
      });
      const ofOne = await ask("/api/v1/marks?from=1000&to=2000&source=prod&entity=billing");
      expect(ofOne.json()).toMatchObject({ most: 200, source: "prod", entity: "billing" });
      for (const query of ["from=1000", "from=x&to=2000", "from=2000&to=1000"]) {
        await expectProblem(`/api/v1/marks?${query}`, 400, /from= and to=/);
      }
      for (const most of ["0", "1.5", "x", "99999"]) {
        await expectProblem(`/api/v1/marks?from=1&to=2&most=${most}`, 400, /most=/);
      }
    });

    it("tells series over time, with a step that suits the span unless one is asked for", async () => {
      const span = "from=2026-11-30T00:00:00Z&to=2026-11-30T06:00:00Z";
      const asked = "entity=prod:a&entity=kafka&measure=backlog&measure=out";
      const from = Date.UTC(2026, 10, 30);
      expect((await ask(`/api/v1/history?${asked}&${span}`)).json()).toEqual({
        ...{ from, to: from + 6 * 3_600_000, step: 30_000 },
        series: ["prod:a", "kafka"].flatMap((entity) =>
          ["out", "backlog"].map((measure) => ({ entity, measure, points: [[NOW, 1, 1.5, 2]] })),
        ),
      });
      await ask(`/api/v1/history?${asked}&${span}&step=60&kind=stream`);
      expect(seriesAsked.at(-1)).toMatchObject({ stepMs: 60_000, kind: "stream" });
    });

    it("saves series over time as CSV and Parquet", async () => {
      const asked = "entity=prod:a&measure=backlog&from=1000&to=61000";
      const save = (format: string) =>
        fetch(`http://127.0.0.1:${port}/api/v1/history?${asked}&format=${format}`);
      const csv = await save("csv");
      expect(await csv.text()).toBe(
        "entity,measure,time,min,mean,max\r\nprod:a,backlog,1970-01-01T00:01:00.000Z,1,1.5,2\r\n",
      );
      expect(csv.headers.get("content-disposition")).toBe(
        'attachment; filename="prod-a-1970-01-01T00-01-01.csv"',
      );
      const parquet = await save("parquet");
      expect([await parquet.text(), parquet.headers.get("content-type")]).toEqual([
        "PAR1",
        "application/vnd.apache.parquet",
      ]);
    });

    it.each([
      ["measure=out&from=1&to=2", 400, /entity=/],
      ["entity=&measure=out&from=1&to=2", 400, /entity=/],
      ["entity=a&from=1&to=2", 400, /measure=/],
      ["entity=a&measure=out&measure=lag&from=1&to=2", 400, /measure=/],
      ["entity=a&measure=out&from=2&to=2", 400, /from= and to=/],
      ["entity=a&measure=out&from=1&to=soon", 400, /from= and to=/],
      ["entity=a&measure=out&from=1&to=2&step=15", 400, /step= is a multiple of 10/],
      ["entity=a&measure=out&from=1&to=2&step=0", 400, /step= is a multiple of 10/],
      ["entity=a&measure=out&from=0&to=86400000&step=10", 400, /more than 2000 points.*step=120/],
      ["entity=a&measure=out&from=1&to=2&kind=topic", 400, /kind=/],
      ["entity=a&measure=out&from=1&to=2&format=xlsx", 400, /format=/],
      ["entity=a&measure=out&from=1&to=2&at=5", 400, /Unknown parameter/],
      [`${"entity=a&".repeat(41)}measure=out&from=1&to=2`, 400, /41 series; 40/],
      ["entity=none&measure=out&from=1&to=2", 503, /cannot be read/],
      ["entity=none&measure=out&from=1&to=2&format=csv", 503, /cannot be read/],
      ["entity=none&measure=out&from=1&to=2&format=parquet", 503, /cannot be read/],
    ] as const)("refuses series of %s in words", async (query, status, detail) => {
      await expectProblem(`/api/v1/history?${query}`, status, detail);
    });

    it("marks incidents, lists, exports and deletes them; what is none is refused in words", async () => {
      const send = (path: string, method: string, body?: unknown) =>
        fetch(`http://127.0.0.1:${port}/api/v1/incidents${path}`, {
          method,
          ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
        });
      const asked = { name: " Stalled ", from: 1_000, to: 2_000 };
      const made = await send("", "POST", asked);
      expect([made.status, await made.json()]).toEqual([
        201,
        { id: "an-id", name: "Stalled", note: "", from: 1_000, to: 2_000, markedAt: 5 },
      ]);
      expect(await (await send("", "GET")).json()).toMatchObject([{ id: "an-id" }]);
      const exported = await send("/an-id/export", "GET");
      expect(exported.headers.get("content-disposition")).toBe('attachment; filename="an-id.streamside"');
      expect(await exported.text()).toBe("bytes of an-id");
      for (const [body, detail] of [
        ["{", /does not fit/],
        [{ ...asked, name: "  " }, /name/],
        [{ ...asked, to: 1_000 }, /from before to/],
        [{ ...asked, to: 1e12 }, /at most 7 days/],
        [{ ...asked, other: 1 }, /other/],
        [{ ...asked, note: "x".repeat(70_000) }, /65536 bytes/],
      ] as const) {
        const refused = await send("", "POST", body);
        expect([refused.status, await refused.json()]).toEqual([
          400,
          expect.objectContaining({ detail: expect.stringMatching(detail) }),
        ]);
      }
      const nothing = await send("", "POST", { ...asked, from: 1, to: 2 });
      expect([nothing.status, (await nothing.json()).detail]).toEqual([
        404,
        "Nothing is recorded of that span.",
      ]);
      expect((await send("/an-id", "DELETE")).status).toBe(200);
      for (const [path, method, status] of [
        ["/an-id", "DELETE", 404],
        ["/an-id/export", "GET", 404],
        ["/..%2F..", "DELETE", 404],
        ["/an-id", "PUT", 405],
        ["/an-id", "GET", 404],
      ] as const) {
        expect((await send(path, method)).status).toBe(status);
      }
    });

    it("marks what a consumer lost as seen: the one thing that can be changed", async () => {
      const path = `/api/v1/consumers/${encodeURIComponent(`prod:${ODD}`)}/losses/seen`;
      const answer = await ask(path, "POST");
      expect([answer.status, answer.json()]).toEqual([200, { messages: 900 }]);
      await expectProblem("/api/v1/consumers/prod:slow/losses/seen", 404, /no such consumer/, "POST");
      await expectProblem("/api/v1/consumers/%/losses/seen", 404, /no such consumer/, "POST");
      await expectProblem("/api/v1/consumers/prod:slow/losses", 405, /POST/, "POST");
      await expectProblem(path, 405, /DELETE/, "DELETE");
      await expectProblem(path, 404, /no such consumer/);
    });

    it("what changed, by source, kind and words", async () => {
      const list = (await ask("/api/v1/events?source=prod&kind=status,outage&q=slow")).json();
      expect(list).toMatchObject({ asOf: expect.any(Number), total: 1, dropped: [] });
      expect(list.items[0]).toMatchObject({
        source: "prod",
        entity: "slow",
        kind: "status",
        after: "behind",
      });
      expect((await ask("/api/v1/events?source=none")).json()).toMatchObject({ total: 0, items: [] });
    });

    it("live calls, and one of them with what shares its connection", async () => {
      const list = (await ask("/api/v1/calls?q=desk")).json();
      expect(list).toMatchObject({ total: 1, live: 2, items: [{ id: "rpc:call.p.2", clientName: "desk" }] });
      const one = (await ask("/api/v1/calls/rpc%3Acall.p.1")).json();
      expect(one).toMatchObject({
        status: "stalled",
        because: expect.stringMatching(/2 messages waiting/),
        onSameConnection: [{ id: "rpc:call.p.2" }],
        series: { t: [NOW] },
      });
    });

    it("has one stream with its consumers", async () => {
      const body = (await ask("/api/v1/streams/prod%3Aorders?limit=1&offset=1")).json();
      expect(body).toMatchObject({
        id: "prod:orders",
        inPerSecond: { value: 100 },
        facts: [],
        peek: null,
        consumers: [{ id: "prod:billing" }],
        consumersTotal: 2,
        events: [],
      });
      expect(body.consumers[0]).not.toHaveProperty("spark");
    });

    it("finds every stream and source by the id that it gave", async () => {
      for (const list of ["streams", "sources"]) {
        const answer = (await ask(`/api/v1/${list}`)).json();
        for (const { id } of answer.items ?? answer) {
          expect((await ask(`/api/v1/${list}/${encodeURIComponent(id)}`)).json().id).toBe(id);
        }
      }
    });

    it("has one consumer with its positions", async () => {
      const body = (await ask("/api/v1/consumers/prod%3Aslow?behindOnly=true")).json();
      expect(body).toMatchObject({
        id: "prod:slow",
        backlog: { value: 3_000 },
        positions: [
          { stream: "orders", lane: 0, head: 16_000, floor: 0, position: 13_000, member: "slow-1" },
        ],
        positionsTotal: 1,
        members: [{ clientId: "slow-1" }],
        evidence: expect.any(Array),
        events: [{ kind: "status", after: "behind", severity: "warning" }],
      });
    });

    it("finds every consumer by the id that it gave", async () => {
      for (const { id } of (await ask("/api/v1/consumers")).json().items) {
        expect((await ask(`/api/v1/consumers/${id}`)).json().id).toBe(id);
        expect((await ask(`/api/v1/consumers/${encodeURIComponent(id)}`)).json().id).toBe(id);
      }
      expect((await ask("/api/v1/consumers?q=gr%C3%B6%C3%9Fe/%252F%20a%2Bb")).json().items[0].name).toBe(ODD);
    });

    it("answers HEAD like GET, without the body", async () => {
      expect(await ask("/api/v1/overview", "HEAD")).toMatchObject({ status: 200, text: "" });
      expect(await ask("/api/v1/nothing", "HEAD")).toMatchObject({ status: 404, text: "" });
    });

    it.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])(
      "refuses %s, and evaluates nothing",
      async (method) => {
        await expectProblem("/api/v1/consumers", 405, new RegExp(method), method);
        expect((await ask("/metrics", method)).allow).toBe("GET, HEAD");
        expect(asked).toEqual([]);
      },
    );
  });

  it.each<[string, RegExp]>([
    ["consumers?limit=0", /“limit”/],
    ["consumers?limit=501", /“limit”/],
    ["consumers?limit=ten", /“limit”/],
    ["consumers?limit=1e3", /“limit”/],
    ["consumers?limit=-1", /“limit”/],
    ["consumers?limit=", /“limit”/],
    ["consumers?offset=99999999999999999999", /“offset”/],
    ["consumers?offset=1.5", /“offset”/],
    ["consumers?sort=age", /“sort”/],
    ["consumers?status=fine", /“status\.0”/],
    ["consumers?status=", /“status\.0”/],
    ["consumers?system=rabbit", /“system”/],
    ["consumers?reverse=yes", /“reverse”/],
    ["consumers?q=", /“q”/],
    [`consumers?q=${"x".repeat(300)}`, /“q”/],
    ["consumers?sort=name&sort=in", /“sort” is given 2 times/],
    ["consumers?page=2", /page/],
    ["consumers?view=overview", /Unknown parameter “view”/],
    ["consumers?constructor=1", /constructor/],
    ["consumers?__proto__=1", /__proto__/],
    ["consumers/prod:slow?id=other", /Unknown parameter “id”/],
    ["consumers/prod:slow?behindOnly=1", /“behindOnly”/],
    ["streams?sort=backlog", /“sort”/],
    ["overview?x=1", /Unknown parameter “x”/],
    ["sources?limit=1", /Unknown parameter “limit”/],
    ["sources/prod?limit=1", /limit/],
    ["sources/prod?id=other", /Unknown parameter “id”/],
    ["calls?sort=name", /sort/],
    ["events?sort=name", /sort/],
    ["calls/rpc:call.p.1?q=x", /q/],
    ["streams/prod:orders?sort=name", /sort/],
    ["streams/prod:orders?limit=0", /“limit”/],
    ["streams/prod:orders?view=source", /Unknown parameter “view”/],
  ])("refuses %s with 400, and evaluates nothing", async (path, detail) => {
    const problem = await expectProblem(`/api/v1/${path}`, 400, detail);
    for (const error of problem.errors ?? [])
      expect(error).toEqual({ path: expect.any(String), message: expect.any(String) });
    expect(asked).toEqual([]);
  });

  it("names every mistake of a query string at once", async () => {
    const { errors: all } = await expectProblem("/api/v1/consumers?limit=x&sort=y&reverse=z", 400, /./);
    expect(all.map(({ path }: { path: string }) => path).sort()).toEqual(["limit", "reverse", "sort"]);
  });

  it.each<[string, RegExp]>([
    ["/api/v1/", /overview, sources, streams/],
    ["/api/v1/nothing", /There is no \/api\/v1\/nothing/],
    ["/api/v1/overview/x", /There is no/],
    ["/api/v1/overview/", /There is no/],
    ["/api/v1", /the API is at \/api\/v1\//],
    ["/api/v2/overview", /the API is at/],
    ["/api/v1/sources/nowhere", /no source named “nowhere”.*prod/],
    ["/api/v1/sources/%E0%A4%A", /There is no/],
    ["/api/v1/streams/prod:nothing", /no such stream/],
    ["/api/v1/calls/rpc:call.p.9", /not alive now/],
    ["/api/v1/calls/nowhere:call.p.1", /not the address of a call/],
    ["/api/v1/streams/nowhere:x", /no source named “nowhere”/],
    ["/api/v1/streams/%E0%A4%A", /There is no.*sources\/\{id\}, streams\/\{id\}/],
    ["/api/v1/consumers/prod:nobody", /no such consumer/],
    ["/api/v1/consumers/nowhere:x", /no source named “nowhere”/],
    ["/api/v1/consumers/prod:a/b%2Fc", /no such consumer/],
    ["/api/v1/consumers/%E0%A4%A", /There is no/],
    ["/api/v1/histories?entity=x", /There is no/],
  ])("says 404 for %s", async (path, detail) => {
    await expectProblem(path, 404, detail);
  });

  it("refuses an empty id and an endless address", async () => {
    await expectProblem("/api/v1/consumers/", 400, /“id”/);
    await expectProblem(`/api/v1/consumers?q=${"x".repeat(9_000)}`, 414, /characters/);
  });

  it("leaves everything else to the dashboard", async () => {
    for (const path of ["/", "/consumers/prod:slow", "/healthzz", "/_next/static/x.js", "/%E0%A4%A"]) {
      expect(await ask(path)).toMatchObject({ status: 200, text: "<page>" });
    }
    expect((await ask("/", "POST")).text).toBe("<page>");
  });

  it("says 500 without the details when something breaks, logs them, and goes on", async () => {
    failing = new Error("secret detail");
    const problem = await expectProblem("/api/v1/overview", 500, /Something went wrong/);
    expect(JSON.stringify(problem)).not.toContain("secret");
    expect(errors).toEqual([failing]);
    failing = null;
    expect((await ask("/api/v1/overview")).status).toBe(200);
  });
});
