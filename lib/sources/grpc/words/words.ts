import { NO_WORDS, type SampleWords } from "../../../sample/words.ts";
import { describeCall } from "./call-detail.ts";
import { explainPeer } from "./explain.ts";
import { methodFacts, peerFacts } from "./row-facts.ts";

/** What gRPC samples mean: methods, the peers that call them, and their live calls. */
export const GRPC_WORDS: SampleWords = {
  ...NO_WORDS,
  streamFacts: methodFacts,
  consumerFacts: peerFacts,
  explain: explainPeer,
  callDetail: (sample, call) => (sample.calls === undefined ? null : describeCall(sample, call)),
};
