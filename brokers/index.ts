export type { Broker, BrokerMissing, BrokerSystem, FindOptions, LocalBroker, Progress } from "./broker.ts";
export type { BrokerErrorCode } from "./broker-error.ts";
export { findKafka, findNats } from "./find.ts";
export { findGoProgram, goTarget } from "./go-program.ts";
export { runKafkaTool } from "./kafka-toolchain.ts";
export { type LocalKafkaOptions, startLocalKafka } from "./local-kafka.ts";
export {
  type LocalKafkaCluster,
  type LocalKafkaClusterOptions,
  startLocalKafkaCluster,
} from "./local-kafka-cluster.ts";
export { type LocalNatsOptions, startLocalNats } from "./local-nats.ts";
export {
  type LocalNatsCluster,
  type LocalNatsClusterOptions,
  type LocalNatsNode,
  startLocalNatsCluster,
} from "./local-nats-cluster.ts";
export { startLocalZookeeperKafka } from "./local-zookeeper-kafka.ts";
export { findGrpcPython, type PythonToolchain } from "./python-toolchain.ts";
export { reapLeftovers } from "./run-directory.ts";
