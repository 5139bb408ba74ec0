import { protocolErrorsCodesById } from "@platformatic/kafka";
import type { FailureCode } from "../../../model/source.ts";

/** The protocol's error numbers that Streamside acts on. */
export const KafkaError = {
  none: 0,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  coordinatorLoading: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  topicDenied: 29,
  groupDenied: 30,
  clusterDenied: 31,
  groupNotFound: 69,
  fencedLeaderEpoch: 74,
} as const;

/** Kafka's own name for an error number: the word to search for. */
export function errorName(code: number): string {
  return protocolErrorsCodesById[code] ?? `error ${code}`;
}

export function failureCodeOf(error: number): FailureCode {
  switch (error) {
    case KafkaError.topicDenied:
    case KafkaError.groupDenied:
    case KafkaError.clusterDenied:
      return "DENIED";
    default:
      return "ANSWERED_ERROR";
  }
}

/** True where the answer means that the topic layout this process holds is out of date. */
export function meansStaleTopology(error: number): boolean {
  switch (error) {
    case KafkaError.unknownTopicOrPartition:
    case KafkaError.leaderNotAvailable:
    case KafkaError.notLeader:
    case KafkaError.fencedLeaderEpoch:
      return true;
    default:
      return false;
  }
}
