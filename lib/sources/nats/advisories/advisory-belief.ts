import type { ConsumerEntry, StreamEntry } from "../jetstream/entries.ts";
import type { StreamSnapshot } from "../jetstream/snapshot.ts";
import type { Advisory } from "./advisory-types.ts";

/** Streams and consumers by name, as samples showed them. */
export interface Roll {
  stream(name: string): StreamEntry | undefined;
  consumer(stream: string, name: string): ConsumerEntry | undefined;
}

/** What is known of what there is: as the sample before showed it, and this one. */
export interface Known {
  readonly before: Roll;
  readonly now: Roll;
  /** Whether a sample of the last seconds showed that it went. */
  readonly isGone: (stream: string, consumer: string) => boolean;
  /** Streams that are said to have been restored: they may be what they were, and yet have been deleted. */
  readonly restored: ReadonlySet<string>;
  /** The connection is one of the system account's, where servers speak of themselves. */
  readonly system: boolean;
}

/** `later`: the sample may have been too early to show it. */
export type Belief = "yes" | "no" | "later";

/**
 * Whether something that was heard before the sample began can have happened. Whoever may publish in the account can
 * claim anything; what is claimed of streams and consumers that do not exist, or of messages that were not written
 * yet, is not taken.
 */
export function believe(advisory: Advisory, known: Known): Belief {
  const { kind, stream, consumer } = advisory;
  switch (kind) {
    case "api-asked":
      return "yes";
    case "restore-started": // the stream is there when the restore is done
      return "yes";
    case "meta-leader-elected":
    case "storage-full":
    case "server-removed":
    case "quorum-overridden":
    case "api-overloaded":
      return known.system ? "yes" : "no";
    case "put-back":
    case "terminated":
    case "given-up":
    case "acknowledged": {
      if (!isConsumerKnown(known, stream, consumer)) return "later";
      const entry = known.now.stream(stream) ?? known.before.stream(stream);
      return entry && advisory.sequence > entry.lastSeq ? "no" : "yes";
    }
    case "created":
      if (consumer !== "") return isStreamKnown(known, stream) ? "yes" : "later";
      return known.now.stream(stream) ? "yes" : "later";
    case "deleted": {
      if (!isStreamKnown(known, stream)) return "later";
      if (consumer !== "") return "yes";
      const now = known.now.stream(stream);
      const another = now?.createdAt !== known.before.stream(stream)?.createdAt;
      return !now || another || known.restored.has(stream) ? "yes" : "later";
    }
    case "restore-finished":
      return known.now.stream(stream) ? "yes" : "later";
    default:
      if (consumer === "") return isStreamKnown(known, stream) ? "yes" : "later";
      return isConsumerKnown(known, stream, consumer) ? "yes" : "later";
  }
}

function isStreamKnown({ before, now, isGone }: Known, stream: string): boolean {
  return (now.stream(stream) ?? before.stream(stream)) !== undefined || isGone(stream, "");
}

function isConsumerKnown({ before, now, isGone }: Known, stream: string, consumer: string): boolean {
  const entry = now.consumer(stream, consumer) ?? before.consumer(stream, consumer);
  return entry !== undefined || isGone(stream, consumer);
}

/** Looks names up; makes what it needs for that when it is first asked. */
export function createRoll(streams: readonly StreamSnapshot[]): Roll {
  let byName: Map<string, StreamSnapshot> | undefined;
  const consumers = new Map<string, Map<string, ConsumerEntry>>();
  const find = (name: string) => {
    byName ??= new Map(streams.map((stream) => [stream.entry.name, stream]));
    return byName.get(name);
  };
  return {
    stream: (name) => find(name)?.entry,
    consumer(stream, name) {
      let ofStream = consumers.get(stream);
      if (!ofStream) {
        ofStream = new Map(find(stream)?.consumers.map((one) => [one.name, one]) ?? []);
        if (ofStream.size > 0) consumers.set(stream, ofStream);
      }
      return ofStream.get(name);
    },
  };
}
