/** The systems that the overview compares, in the order the screen shows them. A source may be of another kind. */
export const SYSTEMS = ["kafka", "nats", "grpc"] as const;
export type System = (typeof SYSTEMS)[number];

export const SYSTEM_NAMES: Readonly<Record<System, string>> = { kafka: "Kafka", nats: "NATS", grpc: "gRPC" };

/** Whether this kind of source is one of the systems that are compared. */
export function isSystem(kind: string): kind is System {
  return SYSTEMS.some((system) => system === kind);
}

/** A kind of source in words, where nothing but its id is at hand: that of another kind is all there is to say. */
export function kindWord(kind: string): string {
  return isSystem(kind) ? SYSTEM_NAMES[kind] : kind;
}

/** What a backlog counts. NATS core connections queue bytes, everything else messages. */
export type BacklogUnit = "messages" | "bytes";
