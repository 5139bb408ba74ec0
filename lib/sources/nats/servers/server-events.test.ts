import { describe, expect, it } from "vitest";
import { serverReport } from "../jetstream/recorded.fixture.ts";
import type { Link, Links } from "./link-sections.ts";
import type { Meta } from "./meta-section.ts";
import { gatewayzSchema, leafzSchema, routezSchema } from "./monitoring-types.ts";
import { mapServerEvents, type ServerPicture } from "./server-events.ts";
import type { ServerReport } from "./server-report.ts";

const AT = 1_000;
const told = {
  routez: { value: routezSchema.parse({ routes: [] }), asOf: 1 },
  gatewayz: { value: gatewayzSchema.parse({ outbound_gateways: {}, inbound_gateways: {} }), asOf: 1 },
  leafz: { value: leafzSchema.parse({ leafs: [] }), asOf: 1 },
};
const server = (name: string, rest: Partial<ServerReport> = {}) =>
  serverReport({ id: `id of ${name}`, name, ...told, ...rest });
const link = (server: string, remote: string, by = "") => ({ server, remote, by }) as Link;
const meta = (leader: string, name = "C1") => ({ name, leader }) as Meta;
const picture = (servers: ServerReport[], links: Partial<Links> = {}, metas: Meta[] = []): ServerPicture => ({
  servers,
  links: { routes: [], gateways: [], leafnodes: [], ...links },
  metas,
});
const titles = (before: ServerPicture, after: ServerPicture) =>
  mapServerEvents(before, after, AT).map(({ kind, title }) => `${kind}: ${title}`);

describe("what happens to servers", () => {
  it("is nothing at first", () => {
    expect(titles(picture([]), picture([server("a")], { routes: [link("a", "b")] }, [meta("a")]))).toEqual(
      [],
    );
  });

  it("is that they go, after three rounds without an answer, come back, start anew and join", () => {
    const [a, b] = [server("a"), server("b")];
    const missing = (missed: number) => picture([a, server("b", { missed })]);
    expect(titles(picture([a, b]), missing(1))).toEqual([]);
    expect(titles(missing(2), missing(3))).toEqual(["server-gone: Server b does not answer any more"]);
    expect(titles(missing(3), missing(4))).toEqual([]);
    expect(titles(missing(9), picture([a, b]))).toEqual(["server-back: Server b answers again"]);
    expect(titles(missing(9), picture([a, server("b", { id: "another" })]))).toEqual([
      "server-restarted: Server b was started anew",
    ]);
    expect(titles(picture([a]), picture([a, b]))).toEqual(["server-joined: Server b joined"]);
    expect(mapServerEvents(missing(2), missing(3), AT)[0]).toMatchObject({
      before: "2 servers",
      after: "1 server",
    });
  });

  it("is that ways between them are lost and made", () => {
    const links = {
      routes: [link("a", "b")],
      gateways: [link("a", "C2", "outbound")],
      leafnodes: [link("a", "edge", "APP")],
    };
    const [with_, without] = [picture([server("a")], links), picture([server("a")])];
    expect(titles(with_, without)).toEqual([
      "route-lost: The route between a and b was lost",
      "gateway-lost: The gateway between a and C2 (outbound) was lost",
      "leafnode-lost: The leaf node between a and edge (APP) was lost",
    ]);
    expect(titles(without, with_).map((title) => title.split(":")[0])).toEqual([
      "route-made",
      "gateway-made",
      "leafnode-made",
    ]);
  });

  it("is not that ways are lost whose server does not tell", () => {
    const before = picture([server("a")], { routes: [link("a", "b")] });
    expect(titles(before, picture([server("a", { missed: 1 })]))).toEqual([]);
    expect(titles(before, picture([server("a", { routez: null })]))).toEqual([]);
    expect(titles(picture([server("a", { routez: null })]), before)).toEqual([]);
  });

  it("is that another one leads", () => {
    const led = (leader: string) => picture([server("a")], {}, [meta(leader)]);
    expect(titles(led("a"), led("b"))).toEqual(["meta-leader: b leads JetStream in C1 now"]);
    expect(titles(led("a"), led(""))).toEqual(["meta-leader: Nobody leads JetStream in C1 any more"]);
    expect(titles(led("a"), led("a"))).toEqual([]);
  });

  it("is told as a number past a few", () => {
    const many = picture([server("a")], {
      leafnodes: Array.from({ length: 500 }, (_, i) => link("a", `leaf ${i}`)),
    });
    expect(titles(many, picture([server("a")]))).toHaveLength(21);
  });
});
