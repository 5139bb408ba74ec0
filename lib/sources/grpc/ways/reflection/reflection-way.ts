import { status as Status } from "@grpc/grpc-js";
import type { WallClock } from "../../../../async/clock.ts";
import { CollectorError } from "../../../../sample/collector-error.ts";
import type { GrpcConnection } from "../../connection/client.ts";
import { isCallFailure } from "../../connection/failure.ts";
import { createOffer } from "../offer.ts";
import type { MethodCatalogue, Way } from "../ways.ts";
import { type DeclaredService, readServices } from "./file-descriptor.ts";
import {
  type ReflectionRequest,
  type ReflectionResponse,
  reflectionMethods,
} from "./reflection-definition.ts";

export interface ReflectionWayOptions {
  readonly connection: GrpcConnection;
  readonly target: string;
  readonly clock: WallClock;
}

const EVERY_MS = 30_000;
const MOST_SERVICES = 300;
const MOST_METHODS = 5_000;
const MOST_NAME = 500;
/** Asked for in one call, one after the other. */
const AT_ONCE = 20;
/** Descriptors come with all files they import. What does not fit is read at the next look. */
const MOST_BYTES = 32 << 20;

/** What whoever watches a target calls itself. */
const NOT_METHODS: ReadonlySet<string> = new Set([
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
  "grpc.channelz.v1.Channelz",
  "streamside.health.v1.StreamHealth",
]);

type Version = MethodCatalogue["version"];

/** Lists the services of a target every 30 seconds, and reads the methods of those it does not know yet. */
export function createReflectionWay({
  connection,
  target,
  clock,
}: ReflectionWayOptions): Way<MethodCatalogue> {
  const versions = reflectionMethods.map(({ version, method }) => ({
    version,
    method,
    offer: createOffer(target, method.path, clock, ({ code }) => code !== "UNREACHABLE"),
  }));
  let known = new Map<string, DeclaredService>();
  let catalogue: MethodCatalogue | null = null;

  const list = async (
    version: (typeof versions)[number],
    signal: AbortSignal,
  ): Promise<readonly string[] | null> =>
    version.offer(async () => {
      const responses = await connection.exchange(version.method, [{ listServices: "*" }], signal);
      const answer = responses[0];
      if (!answer?.listServicesResponse) throw strange(target, version.method.path, answer);
      const names = (answer.listServicesResponse.service ?? []).map(({ name = "" }) => name);
      return [...new Set(names)].filter((name) => name !== "" && name.length <= MOST_NAME).sort();
    });

  const look = async (signal: AbortSignal): Promise<MethodCatalogue | null> => {
    for (const version of versions) {
      const asOf = clock.now();
      const services = await list(version, signal);
      if (services === null) continue;
      const wanted = services.filter((name) => !NOT_METHODS.has(name)).slice(0, MOST_SERVICES);
      known = new Map([...known].filter(([name]) => wanted.includes(name)));
      await version.offer(() => describe(version.method, wanted, signal));
      return toCatalogue(version.version, services, asOf);
    }
    return null;
  };

  const describe = async (
    method: (typeof versions)[number]["method"],
    wanted: readonly string[],
    signal: AbortSignal,
  ): Promise<void> => {
    const unknown = wanted.filter((name) => !known.has(name));
    let bytes = 0;
    const ask = async (names: readonly string[]): Promise<void> => {
      // A file that came with another one may have told them already.
      const requests = names.filter((name) => !known.has(name)).map(requestOf);
      if (requests.length === 0 || bytes > MOST_BYTES) return;
      try {
        for (const file of (await connection.exchange(method, requests, signal)).flatMap(filesOf)) {
          bytes += file.length;
          for (const service of readServices(file) ?? []) {
            if (wanted.includes(service.name)) known.set(service.name, service);
          }
        }
      } catch (error) {
        if (!isCallFailure(error) || LOST.has(error.code)) throw error;
        // One answer that cannot be read ends the call: the others are asked for without it.
        if (names.length > 1) for (const name of names) await ask([name]);
      }
    };
    for (let i = 0; i < unknown.length; i += AT_ONCE) await ask(unknown.slice(i, i + AT_ONCE));
  };

  const toCatalogue = (version: Version, services: readonly string[], asOf: number): MethodCatalogue => ({
    version,
    methods: services.flatMap((name) => known.get(name)?.methods ?? []).slice(0, MOST_METHODS),
    services,
    unread: services.filter((name) => !NOT_METHODS.has(name) && !known.has(name)),
    asOf,
  });

  return {
    async read(signal) {
      if (catalogue === null || clock.now() - catalogue.asOf >= EVERY_MS) catalogue = await look(signal);
      return catalogue;
    },
    close() {},
  };
}

const LOST: ReadonlySet<Status> = new Set([Status.UNAVAILABLE, Status.CANCELLED, Status.DEADLINE_EXCEEDED]);

function requestOf(fileContainingSymbol: string): ReflectionRequest {
  return { fileContainingSymbol };
}

function filesOf({ fileDescriptorResponse }: ReflectionResponse): readonly Buffer[] {
  return fileDescriptorResponse?.fileDescriptorProto ?? [];
}

function strange(target: string, path: string, answer: ReflectionResponse | undefined): CollectorError {
  const { errorCode, errorMessage } = answer?.errorResponse ?? {};
  const said = errorCode === undefined ? "no list of services" : (Status[errorCode] ?? `status ${errorCode}`);
  return new CollectorError(
    "ANSWERED_ERROR",
    `${target} · ${path}: ${said}${errorMessage ? ` (${errorMessage.slice(0, 200)})` : ""}.`,
    "See the server's log.",
  );
}
