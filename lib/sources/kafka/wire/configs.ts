import { Writer } from "@platformatic/kafka";
import type { Cursor } from "./cursor.ts";

const TOPIC = 2;

/** The effective value of these settings of topics. Version 4. */
export function encodeDescribeConfigs(topics: readonly string[], settings: readonly string[]): Buffer {
  return Writer.create()
    .appendArray([...topics], (w, topic) => {
      w.appendInt8(TOPIC)
        .appendString(topic)
        .appendArray([...settings], (s, setting) => s.appendString(setting), true, false);
    })
    .appendBoolean(false) // no synonyms
    .appendBoolean(false) // no documentation
    .appendTaggedFields().buffer;
}

export interface TopicConfig {
  readonly topic: string;
  readonly error: number;
  /** By setting, as text; a setting without a value is empty. */
  readonly values: ReadonlyMap<string, string>;
}

/** Version 4. */
export function decodeDescribeConfigs(cursor: Cursor): TopicConfig[] {
  cursor.skip(4); // throttle time
  const topics: TopicConfig[] = [];
  for (let n = cursor.array(7); n > 0; n--) {
    const error = cursor.int16();
    cursor.skipString(); // error message
    cursor.skip(1); // resource type
    const topic = cursor.string();
    const values = new Map<string, string>();
    for (let m = cursor.array(9); m > 0; m--) {
      const setting = cursor.string();
      values.set(setting, cursor.string());
      cursor.skip(3); // read only, where it was set, sensitive
      for (let synonyms = cursor.array(4); synonyms > 0; synonyms--) {
        cursor.skipString();
        cursor.skipString();
        cursor.skip(1);
        cursor.skipTags();
      }
      cursor.skip(1); // type
      cursor.skipString(); // documentation
      cursor.skipTags();
    }
    cursor.skipTags();
    topics.push({ topic, error, values });
  }
  cursor.end();
  return topics;
}
