import { type Endpoint, exchange } from "../tcp-exchange.ts";

const correlationId = 0x5354_5253;
const clientId = Buffer.from("streamside-probe");
const largestAnswer = 4 << 20;
const apiVersionsKey = 18;
const metadataKey = 3;

/** Resolves when a Kafka broker answers ApiVersions, which it does before any authentication. */
export async function askKafkaVersions(at: Endpoint, timeoutMs: number): Promise<void> {
  await ask(at, apiVersionsKey, 0, Buffer.alloc(0), timeoutMs);
}

export interface KafkaCluster {
  clusterId: string | undefined;
  /** Brokers registered and not fenced. */
  brokers: number;
}

/** Who is there: Metadata v5 for no topic, understood by every Kafka since 1.0. */
export async function askKafkaCluster(at: Endpoint, timeoutMs: number): Promise<KafkaCluster> {
  const noTopicsNoCreation = Buffer.alloc(5);
  const body = await ask(at, metadataKey, 5, noTopicsNoCreation, timeoutMs);
  let offset = 4; // throttle time
  const text = (): string | undefined => {
    const length = body.readInt16BE(offset);
    offset += 2;
    if (length < 0) return undefined;
    offset += length;
    return body.toString("utf8", offset - length, offset);
  };
  const brokers = body.readInt32BE(offset);
  offset += 4;
  for (let i = 0; i < brokers; i++) {
    offset += 4; // node id
    text(); // host
    offset += 4; // port
    text(); // rack
  }
  return { clusterId: text(), brokers };
}

/** The response body after its correlation id. */
function ask(at: Endpoint, key: number, version: number, body: Buffer, timeoutMs: number): Promise<Buffer> {
  const head = Buffer.alloc(14);
  head.writeInt32BE(10 + clientId.length + body.length, 0);
  head.writeInt16BE(key, 4);
  head.writeInt16BE(version, 6);
  head.writeInt32BE(correlationId, 8);
  head.writeInt16BE(clientId.length, 12);
  return exchange(at, {
    expected: "Kafka",
    send: Buffer.concat([head, clientId, body]),
    timeoutMs,
    read(received) {
      if (received.length < 8) return undefined;
      const size = received.readInt32BE(0);
      if (size < 4 || size > largestAnswer || received.readInt32BE(4) !== correlationId) {
        throw new Error("The answer is not a Kafka response");
      }
      return received.length < size + 4 ? undefined : received.subarray(8, size + 4);
    },
  });
}
