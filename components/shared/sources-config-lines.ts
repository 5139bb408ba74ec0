/** What to add to streamside.yaml to have something to watch. */
export const SOURCE_CONFIG_LINES = `sources:
  - id: prod
    kind: kafka
    brokers: [kafka-1:9092, kafka-2:9092]
  - id: edge
    kind: nats
    servers: [nats://nats-1:4222]
  - id: billing
    kind: grpc
    target: billing:50051`;
