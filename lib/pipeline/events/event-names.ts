import type { SourceEvent } from "../../model/source.ts";
import type { Sampled } from "../sampled.ts";

/** The name of whom an event concerns; null: the source as a whole. What is gone is told by the key its collector knew it by. */
export function createNames(sampled: Sampled | null): (event: SourceEvent) => string | null {
  let names: { readonly consumers: Map<string, string>; readonly streams: Map<string, string> } | null = null;
  const byKey = (infos: readonly { readonly key: string; readonly name: string }[] = []) =>
    new Map(infos.map(({ key, name }) => [key, name]));
  return ({ consumerKey, streamKey }) => {
    if (consumerKey === undefined && streamKey === undefined) return null;
    names ??= { consumers: byKey(sampled?.layout.consumers), streams: byKey(sampled?.layout.streams) };
    return consumerKey === undefined
      ? (names.streams.get(streamKey!) ?? streamKey!)
      : (names.consumers.get(consumerKey) ?? consumerKey);
  };
}
