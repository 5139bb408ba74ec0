import { randomUUID } from "node:crypto";
import { Writer } from "@platformatic/kafka";
import type { Api, BrokerLink } from "./link/link.ts";
import { Cursor } from "./wire/cursor.ts";

/** Test only: a member of a streams group, as much of one as the coordinator sees. */

const HEARTBEAT: Api = { key: 88, name: "StreamsGroupHeartbeat", min: 0, max: 0 };
const COMMIT: Api = { key: 8, name: "OffsetCommit", min: 9, max: 9 };

interface Task {
  readonly subtopology: string;
  readonly partitions: readonly number[];
}

export interface StreamsMember {
  /** Commits these offsets, by topic and partition, as the member it is. */
  commit(topic: string, offsets: ReadonlyMap<number, number>): Promise<void>;
  leave(): Promise<void>;
}

/** Joins, and resolves once it holds all the tasks of one subtopology that reads `topics`. */
export async function joinStreamsGroup(
  link: BrokerLink,
  group: string,
  topics: readonly string[],
): Promise<StreamsMember> {
  await link.open();
  const id = randomUUID();
  let epoch = 0;
  let owned: readonly Task[] = [];
  const beat = async (leaving = false) => {
    const asks = epoch === 0 ? { topics } : {};
    const { body } = await link.request(HEARTBEAT, () =>
      encodeHeartbeat({ group, id, epoch: leaving ? -1 : epoch, owned, ...asks }),
    );
    const answer = decodeHeartbeat(new Cursor(body));
    epoch = answer.epoch;
    owned = answer.active ?? owned;
  };
  while (owned.length === 0) await beat();
  await beat(); // tells that it has taken them over
  const timer = setInterval(() => void beat().catch(() => {}), 1000);
  return {
    commit: (topic, offsets) => commitOffsets(link, group, topic, offsets, { id, epoch }),
    leave: async () => {
      clearInterval(timer);
      await beat(true);
    },
  };
}

/** As a member, or from outside a group without members. */
export async function commitOffsets(
  link: BrokerLink,
  group: string,
  topic: string,
  offsets: ReadonlyMap<number, number>,
  { id, epoch } = { id: "", epoch: -1 },
): Promise<void> {
  const writer = Writer.create().appendString(group).appendInt32(epoch).appendString(id).appendString(null);
  writer.appendArray([topic], (w) => {
    w.appendString(topic).appendArray([...offsets], (p, [partition, offset]) => {
      p.appendInt32(partition).appendInt64(BigInt(offset)).appendInt32(-1).appendString("");
    });
  });
  const { body } = await link.request(COMMIT, () => writer.appendTaggedFields().buffer);
  const cursor = new Cursor(body);
  cursor.skip(4);
  for (let topics = cursor.array(3); topics > 0; topics--) {
    cursor.skipString();
    for (let n = cursor.array(7); n > 0; n--) {
      cursor.skip(4);
      const error = cursor.int16();
      if (error !== 0) throw new Error(`OffsetCommit: error ${error}`);
      cursor.skipTags();
    }
    cursor.skipTags();
  }
}

function encodeHeartbeat(o: {
  readonly group: string;
  readonly id: string;
  readonly epoch: number;
  readonly owned: readonly Task[];
  readonly topics?: readonly string[];
}): Buffer {
  const writer = Writer.create().appendString(o.group).appendString(o.id).appendInt32(o.epoch);
  writer.appendInt32(0).appendString(null).appendString(null).appendInt32(30_000);
  if (o.topics) {
    writer.appendInt8(1).appendInt32(0);
    writer.appendArray([o.topics], (w, topics) => {
      w.appendString("0").appendArray([...topics], (s, topic) => s.appendString(topic), true, false);
      for (let list = 0; list < 5; list++) w.appendUnsignedVarInt(1); // no pattern, no state, nothing repartitioned
    });
    writer.appendTaggedFields();
  } else {
    writer.appendInt8(-1);
  }
  writer.appendArray([...o.owned], (w, { subtopology, partitions }) => {
    w.appendString(subtopology).appendArray([...partitions], (p, n) => p.appendInt32(n), true, false);
  });
  writer.appendUnsignedVarInt(1).appendUnsignedVarInt(1); // neither standby nor warm-up tasks
  writer.appendString(o.id).appendInt8(-1).appendUnsignedVarInt(1); // process, no endpoint, no tags
  return writer.appendUnsignedVarInt(0).appendUnsignedVarInt(0).appendBoolean(false).appendTaggedFields()
    .buffer;
}

function decodeHeartbeat(cursor: Cursor): { readonly epoch: number; readonly active: Task[] | null } {
  cursor.skip(4);
  const error = cursor.int16();
  const message = cursor.nullableString();
  if (error !== 0) throw new Error(`StreamsGroupHeartbeat: error ${error}, ${message}`);
  cursor.skipString();
  const epoch = cursor.int32();
  cursor.skip(12); // interval, acceptable lag, offset interval
  for (let n = cursor.array(3); n > 0; n--) {
    cursor.skip(1);
    cursor.skipString();
    cursor.skipTags();
  }
  const count = cursor.compactSize();
  if (count < 0) return { epoch, active: null };
  const active = Array.from({ length: count }, () => {
    const subtopology = cursor.string();
    const partitions = Array.from({ length: cursor.array(4) }, () => cursor.int32());
    cursor.skipTags();
    return { subtopology, partitions };
  });
  return { epoch, active };
}
