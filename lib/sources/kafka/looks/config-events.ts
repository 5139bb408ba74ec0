import { formatBytes, formatDuration } from "../../../format/index.ts";
import type { SourceEvent } from "../../../model/source.ts";
import { capped } from "../../event-text.ts";

type Values = ReadonlyMap<string, string>;

export interface ConfigChange {
  readonly topic: string;
  readonly before: Values;
  readonly after: Values;
}

/** One event a topic whose settings have changed; a change of the brokers' defaults can be that of every topic. */
export function mapConfigEvents(changes: readonly ConfigChange[], at: number): SourceEvent[] {
  const changed = changes
    .map((change) => ({ ...change, settings: changedSettings(change) }))
    .filter(({ settings }) => settings.length > 0);
  return capped(changed, "topics have other settings", at, ({ topic, before, after, settings }) => {
    const [only, ...more] = settings;
    const valuesText = (values: Values) =>
      settings.map((setting) => `${setting} ${valueText(setting, values)}`).join(", ");
    const isOne = more.length === 0;
    return {
      at,
      kind: "config-changed",
      title: isOne
        ? `${only} of ${topic} was changed`
        : `${settings.length} settings of ${topic} were changed`,
      before: isOne ? valueText(only!, before) : valuesText(before),
      after: isOne ? valueText(only!, after) : valuesText(after),
      streamKey: topic,
    };
  });
}

function changedSettings({ before, after }: ConfigChange): string[] {
  return [...after.keys()].filter((setting) => before.get(setting) !== after.get(setting));
}

/** `7 d 00 h`, `1.00 GiB`, `unlimited`, or the value as it is. */
function valueText(setting: string, values: Values): string {
  const value = values.get(setting) ?? "";
  const amount = Number(value || Number.NaN);
  if (Number.isNaN(amount)) return value || "nothing";
  if (amount < 0) return "unlimited";
  if (setting.endsWith(".ms")) return formatDuration(amount);
  return setting.endsWith(".bytes") ? formatBytes(amount) : value;
}
