import type { SourceKind } from "./definition.ts";
import { GRPC } from "./grpc/source.ts";
import { KAFKA } from "./kafka/source.ts";
import { NATS } from "./nats/source.ts";

/** The kinds of source there are, in the order they are told to people. */
export const SOURCE_KINDS: readonly SourceKind[] = [KAFKA, NATS, GRPC];
