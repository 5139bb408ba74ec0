export type { Broker, BrokerMissing, BrokerSystem, FindOptions, LocalBroker, Progress } from "./broker.ts";
export type { BrokerErrorCode } from "./broker-error.ts";
export { findKafka, findNats } from "./find.ts";
export { findGoProgram, goTarget } from "./go-program.ts";
export { runKafkaTool } from "./kafka/kafka-toolchain.ts";
export { type LocalKafkaOptions, startLocalKafka } from "./kafka/local-kafka.ts";
export {
  type LocalKafkaCluster,
  type LocalKafkaClusterOptions,
  startLocalKafkaCluster,
} from "./kafka/local-kafka-cluster.ts";
export { startLocalZookeeperKafka } from "./kafka/local-zookeeper-kafka.ts";
export { type LocalNatsOptions, startLocalNats } from "./nats/local-nats.ts";
export {
  type LocalNatsCluster,
  type LocalNatsClusterOptions,
  type LocalNatsNode,
  startLocalNatsCluster,
} from "./nats/local-nats-cluster.ts";
export { findGrpcPython, type PythonToolchain } from "./python-toolchain.ts";
export { reapLeftovers } from "./run-directory.ts";
