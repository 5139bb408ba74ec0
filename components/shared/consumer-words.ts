import type { ConsumerView } from "@/lib/model/views";

/** What the latency of this consumer is the age of, in a word or two. */
export function latencyName({ system, kind }: Pick<ConsumerView, "system" | "kind">): string {
  if (kind === "connection") return "Round trip";
  switch (system) {
    case "nats":
      return "Oldest unacked";
    case "grpc":
      return "Oldest waiting";
    default:
      return "Oldest unread";
  }
}
