import { Writer } from "@platformatic/kafka";
import type { Answer, BrokerLink } from "./link/client.ts";
import type { Api } from "./link/link.ts";

/** DescribeConfigs, version 4. */
export function configsAnswer(
  topics: readonly (readonly [topic: string, settings: Readonly<Record<string, string>>, error?: number])[],
): Buffer {
  return Writer.create()
    .appendInt32(0)
    .appendArray([...topics], (w, [topic, settings, error = 0]) => {
      w.appendInt16(error).appendString(null).appendInt8(2).appendString(topic);
      w.appendArray(Object.entries(settings), (s, [name, value]) => {
        s.appendString(name).appendString(value).appendBoolean(false).appendInt8(1).appendBoolean(false);
        s.appendArray([], () => {})
          .appendInt8(5)
          .appendString(null);
      });
    })
    .appendTaggedFields().buffer;
}

export interface LogDirText {
  readonly error?: number;
  readonly topics?: Readonly<Record<string, readonly number[]>>;
  readonly freeBytes?: number;
}

/** DescribeLogDirs, version 4: sizes by partition number. */
export function logDirsAnswer(dirs: readonly LogDirText[], error = 0): Buffer {
  return Writer.create()
    .appendInt32(0)
    .appendInt16(error)
    .appendArray([...dirs], (w, { error: dirError = 0, topics = {}, freeBytes = -1 }) => {
      w.appendInt16(dirError).appendString("/data");
      w.appendArray(Object.entries(topics), (t, [topic, sizes]) => {
        t.appendString(topic).appendArray([...sizes], (p, size, partition) => {
          p.appendInt32(partition).appendInt64(BigInt(size)).appendInt64(0n).appendBoolean(false);
        });
      });
      w.appendInt64(freeBytes < 0 ? -1n : 10_000_000n).appendInt64(BigInt(freeBytes));
    })
    .appendTaggedFields().buffer;
}

/** A link that answers by itself, newest version first; null hangs up. */
export function linkAnswering(
  answers: (key: number) => Buffer | null,
): BrokerLink & { readonly asked: number[] } {
  const asked: number[] = [];
  const link = {
    asked,
    ready: true,
    versionOf: ({ max }: Api) => max,
    drop: (reason: unknown) => reason,
    request: async ({ key, max }: Api, encode: (version: number) => Buffer): Promise<Answer> => {
      encode(max);
      asked.push(key);
      const body = answers(key);
      if (body === null) throw new Error("hung up");
      return { version: max, body };
    },
  };
  return link as unknown as BrokerLink & { readonly asked: number[] };
}
