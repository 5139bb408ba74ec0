import {
  type ClientReadableStream,
  credentials,
  makeClientConstructor,
  type ServiceDefinition,
} from "@grpc/grpc-js";
import { streamHealthDefinition, type WatchRequest, type WatchResponse } from "./protocol.ts";
import { until } from "./test-service.ts";

const WatchClient = makeClientConstructor(
  streamHealthDefinition as unknown as ServiceDefinition,
  "streamside.health.v1.StreamHealth",
);

/** A Watch of a server, and all it has said. */
export function watchHealth(address: string, request: WatchRequest): Watching {
  const client = new WatchClient(address, credentials.createInsecure());
  return new Watching(client.Watch!(request), () => client.close());
}

export class Watching {
  readonly responses: WatchResponse[] = [];
  ended = false;

  constructor(
    readonly stream: ClientReadableStream<WatchResponse>,
    readonly close: () => void,
  ) {
    stream.on("data", (response: WatchResponse) => this.responses.push(response));
    stream.on("error", () => {});
    stream.on("end", () => {
      this.ended = true;
    });
  }

  /** The first response from the `from`th on that fits. */
  async response(fits: (response: WatchResponse) => boolean, from = 0): Promise<WatchResponse> {
    const find = () => this.responses.slice(from).find(fits);
    await until(
      () => find() !== undefined,
      () => this.responses.slice(from),
    );
    return find()!;
  }
}
