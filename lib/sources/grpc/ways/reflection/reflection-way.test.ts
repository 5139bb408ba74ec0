import { Server, ServerCredentials, type ServerDuplexStream, status as Status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { connect, never } from "../../test-connection.ts";
import { readServices } from "./file-descriptor.ts";
import {
  type ReflectionRequest,
  type ReflectionResponse,
  reflectionMethods,
} from "./reflection-definition.ts";
import { createReflectionWay } from "./reflection-way.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

type Answers = (request: ReflectionRequest) => ReflectionResponse | Status;

function babble(
  call: ServerDuplexStream<ReflectionRequest, ReflectionResponse>,
  answer: ReflectionResponse,
): void {
  const again = setInterval(() => call.write(answer), 1);
  call.on("cancelled", () => clearInterval(again));
}

/** A server that says what a test wants; what it was asked is in `asked`. */
async function startReflection(versions: readonly string[], answers: Answers, isEndless = false) {
  const asked: string[] = [];
  const server = new Server();
  for (const { version, method } of reflectionMethods.filter((one) => versions.includes(one.version))) {
    server.addService(
      { ServerReflectionInfo: method },
      {
        ServerReflectionInfo: (call: ServerDuplexStream<ReflectionRequest, ReflectionResponse>) => {
          call.on("data", (request: ReflectionRequest) => {
            asked.push(`${version} ${request.fileContainingSymbol ?? "list"}`);
            const answer = answers(request);
            if (typeof answer === "number") call.emit("error", { code: answer });
            else if (isEndless) babble(call, answer);
            else call.write(answer);
          });
          call.on("end", () => isEndless || call.end());
        },
      },
    );
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  cleanups.push(() => server.forceShutdown());
  const { client, connection } = await connect(`127.0.0.1:${port}`);
  cleanups.push(() => client.close());
  const clock = { at: 1_000_000 };
  const way = createReflectionWay({ connection, target: "quotes:1", clock: { now: () => clock.at } });
  return { way, clock, asked, client };
}

const field = (id: number, bytes: Buffer | string) => {
  const content = Buffer.from(bytes);
  return Buffer.concat([Buffer.from([(id << 3) | 2, content.length]), content]);
};
const method = (name: string, ...streaming: number[]) =>
  field(2, Buffer.concat([field(1, name), ...streaming.map((id) => Buffer.from([id << 3, 1]))]));
const service = (name: string, ...methods: Buffer[]) => field(6, Buffer.concat([field(1, name), ...methods]));
const file = (pkg: string, ...services: Buffer[]) =>
  Buffer.concat([field(1, "x.proto"), field(2, pkg), ...services]);

const listed = (...names: string[]): ReflectionResponse => ({
  listServicesResponse: { service: names.map((name) => ({ name })) },
});
const files = (...fileDescriptorProto: Buffer[]): ReflectionResponse => ({
  fileDescriptorResponse: { fileDescriptorProto },
});
const QUOTES = service("Quotes", method("Get"), method("Up", 5), method("Watch", 6), method("Talk", 5, 6));

describe("reflection", () => {
  it("tells methods and their kinds, without those of whoever watches", async () => {
    const own = ["grpc.health.v1.Health", "grpc.channelz.v1.Channelz", "streamside.health.v1.StreamHealth"];
    const { way, clock, asked } = await startReflection(["v1", "v1alpha"], (request) =>
      request.fileContainingSymbol ? files(file("a.b", QUOTES)) : listed("a.b.Quotes", ...own),
    );
    expect(await way.read(never)).toEqual({
      version: "v1",
      methods: [
        { path: "/a.b.Quotes/Get", kind: "unary" },
        { path: "/a.b.Quotes/Up", kind: "client stream" },
        { path: "/a.b.Quotes/Watch", kind: "server stream" },
        { path: "/a.b.Quotes/Talk", kind: "bidirectional stream" },
      ],
      services: ["a.b.Quotes", ...own].sort(),
      unread: [],
      asOf: 1_000_000,
    });
    expect(asked).toEqual(["v1 list", "v1 a.b.Quotes"]);
    clock.at += 29_999;
    await way.read(never);
    expect(asked).toHaveLength(2);
    clock.at += 1;
    expect((await way.read(never))!.asOf).toBe(clock.at);
    // What is known is listed, and not described again.
    expect(asked.slice(2)).toEqual(["v1 list"]);
  });

  it("is asked for in v1alpha where there is no v1, which is asked for once", async () => {
    const { way, clock, asked, client } = await startReflection(["v1alpha"], (request) =>
      request.fileContainingSymbol ? files(file("", QUOTES)) : listed("Quotes"),
    );
    expect(await way.read(never)).toMatchObject({ version: "v1alpha", methods: { length: 4 } });
    clock.at += 30_000;
    await way.read(never);
    expect(asked).toEqual(["v1alpha list", "v1alpha Quotes", "v1alpha list"]);
    expect(client.requests).toBe(4);
  });

  it("is null where there is none, and not asked for again", async () => {
    const { way, clock, client } = await startReflection([], () => Status.INTERNAL);
    expect(await way.read(never)).toBeNull();
    clock.at += 60_000;
    expect(await way.read(never)).toBeNull();
    expect(client.requests).toBe(2);
  });

  it("that is refused is asked for again after 30 seconds", async () => {
    const { way, clock, asked } = await startReflection(["v1"], () => Status.PERMISSION_DENIED);
    for (let i = 0; i < 3; i++) await expect(way.read(never)).rejects.toMatchObject({ code: "DENIED" });
    expect(asked).toHaveLength(1);
    clock.at += 30_000;
    await expect(way.read(never)).rejects.toMatchObject({ code: "DENIED" });
    expect(asked).toHaveLength(2);
  });

  it("loses one service to a malformed descriptor, a missing one, and an answer that ends the call", async () => {
    const { way } = await startReflection(["v1"], ({ fileContainingSymbol: symbol }) => {
      switch (symbol) {
        case undefined:
          return listed("a.Quotes", "bad.Bytes", "dead.End", "no.Such", "wrong.Kind", "", "x".repeat(600));
        case "a.Quotes":
          return files(file("a", QUOTES));
        case "bad.Bytes":
          return files(Buffer.from([0x32, 0x7f, 0x01]), Buffer.from("not a descriptor"));
        case "dead.End":
          return Status.INTERNAL;
        case "wrong.Kind":
          return listed("surprise");
        default:
          return { errorResponse: { errorCode: Status.NOT_FOUND, errorMessage: symbol } };
      }
    });
    expect(await way.read(never)).toMatchObject({
      methods: { length: 4 },
      services: ["a.Quotes", "bad.Bytes", "dead.End", "no.Such", "wrong.Kind"],
      unread: ["bad.Bytes", "dead.End", "no.Such", "wrong.Kind"],
    });
  });

  it("takes services from whichever file brings them: servers send a file once a call", async () => {
    const two = files(file("p", service("A", method("One")), service("B", method("Two"))));
    const { way } = await startReflection(["v1"], ({ fileContainingSymbol: symbol }) =>
      symbol === undefined ? listed("p.A", "p.B") : symbol === "p.A" ? two : files(),
    );
    expect((await way.read(never))!.methods.map(({ path }) => path)).toEqual(["/p.A/One", "/p.B/Two"]);
  });

  it("takes one answer to a request, of a server that answers without end", async () => {
    const { way } = await startReflection(
      ["v1"],
      (request) => (request.fileContainingSymbol ? files(file("", QUOTES)) : listed("Quotes")),
      true,
    );
    expect(await way.read(never)).toMatchObject({ services: ["Quotes"], methods: { length: 4 } });
  });

  it("that answers an error instead of a list says which", async () => {
    const { way } = await startReflection(["v1"], () => ({
      errorResponse: { errorCode: Status.RESOURCE_EXHAUSTED, errorMessage: "not now" },
    }));
    await expect(way.read(never)).rejects.toMatchObject({
      code: "ANSWERED_ERROR",
      message:
        "quotes:1 · /grpc.reflection.v1.ServerReflection/ServerReflectionInfo: RESOURCE_EXHAUSTED (not now).",
    });
  });
});

describe("a file descriptor", () => {
  it("without names has no services, and may be no descriptor at all", () => {
    expect(readServices(Buffer.alloc(0))).toEqual([]);
    expect(readServices(field(6, method("x")))).toEqual([]);
    expect(readServices(file("p", service("S", method(""), method("M"))))).toEqual([
      { name: "p.S", methods: [{ path: "/p.S/M", kind: "unary" }] },
    ]);
    expect(readServices(Buffer.from([0x32, 0x20]))).toBeNull();
    expect(readServices(Buffer.from([0xff, 0xff, 0xff]))).toBeNull();
  });
});
