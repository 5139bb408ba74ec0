import { fileURLToPath } from "node:url";
import { loadSync, type MessageTypeDefinition } from "@grpc/proto-loader";
import { expect, test } from "vitest";
import {
  messageOptions,
  streamHealthDefinition,
  streamHealthServiceName,
  type WatchResponse,
} from "./protocol.ts";

const proto = fileURLToPath(new URL("../proto/streamside/health/v1/stream_health.proto", import.meta.url));

test("the embedded descriptor is the .proto (else: npm run descriptor)", () => {
  const loaded = loadSync(proto, messageOptions);
  const embedded = streamHealthDefinition.Watch as unknown as {
    responseType: MessageTypeDefinition<object, object>;
  };
  const message = loaded["streamside.health.v1.WatchResponse"] as MessageTypeDefinition<object, object>;
  expect(embedded.responseType.fileDescriptorProtos).toEqual(message.fileDescriptorProtos);
  const method = (loaded[streamHealthServiceName] as unknown as typeof streamHealthDefinition).Watch;
  expect(streamHealthDefinition.Watch).toMatchObject({
    path: method.path,
    requestStream: false,
    responseStream: true,
  });
});

test("a response survives the wire: numbers beyond 32 bits stay exact and absent stays absent", () => {
  const response: WatchResponse = {
    snapshot: true,
    process: { instanceId: "a", startedAtMs: 1_795_000_000_000.25, implementation: "test" },
    serverTimeMs: 1_795_000_000_123.5,
    intervalMs: 1000,
    methods: [],
    calls: [
      {
        id: 2 ** 40,
        methodId: 1,
        peer: "[::1]:1",
        startedAtMs: 1.5,
        messagesWritten: 0,
        oldestUnflushedAtMs: 7,
        clientName: "grpc-node-js/1.14.7",
        heldBy: "STREAM_WINDOW",
      },
    ],
    endedCallIds: [1, 2 ** 33],
    hiddenCallIds: [],
    liveCalls: 1,
    skippedResponses: 0,
    faults: 0,
    connections: [
      { id: 1, side: "SERVER", peer: "[::1]:1", openedAtMs: 1.5, sendWindow: 0, goingAway: false },
    ],
    closedConnections: [{ id: 2, closedAtMs: 2.5, reason: "keepalive timeout", liveCalls: 3 }],
    endedCalls: [],
  };
  const { responseSerialize, responseDeserialize } = streamHealthDefinition.Watch;
  const received = responseDeserialize(responseSerialize(response));
  expect(received).toEqual(response);
  expect(received.calls[0]).not.toHaveProperty("bytesFlushed");
});
