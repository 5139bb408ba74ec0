import type { Clock } from "../async/clock.ts";
import type { ConfigKind, SourceReader } from "../config/common.ts";
import type { SecretFiles } from "../config/secrets.ts";
import type { SourceConfig } from "../config/types.ts";
import type { Collector } from "../sample/collector.ts";
import type { KindTraits } from "./kind-traits.ts";

export interface CollectorSettings {
  /** How often topics, groups and members are looked up again. */
  readonly topologyIntervalMs: number;
}

/**
 * All that a kind of source is: what is set of it, how it is sampled, and how its samples are judged and told.
 *
 * @typeParam C its entry in the configuration: validated, defaults filled in, files already read
 */
export interface SourceDefinition<C extends SourceConfig> extends KindTraits {
  /** Fields of its entry with their defaults, and the rules between them. */
  createReader(files: SecretFiles): SourceReader<C>;
  /** Brokers, servers or the target: where it is, as anyone may know it who sees the dashboard. No secrets. */
  addresses(config: C): readonly string[];
  createCollector(config: C, settings: CollectorSettings, clock: Clock): Collector;
}

/** A kind of source as the rest of Streamside knows it: what an entry of it holds is its own affair. */
export interface SourceKind extends KindTraits, ConfigKind<ConfiguredSource> {}

/** An entry of the configuration with what its kind makes of it. */
export interface ConfiguredSource {
  readonly kind: SourceKind;
  readonly config: SourceConfig;
  /** Where it is, without secrets. */
  readonly addresses: readonly string[];
  createCollector(settings: CollectorSettings, clock: Clock): Collector;
}

/** The kind of this definition. Entries are tied to it here, where it is known what they hold. */
export function defineSource<C extends SourceConfig>(definition: SourceDefinition<C>): SourceKind {
  const { id, name, words, metrics, limits, hasSettablePositions } = definition;
  const configured = (config: C): ConfiguredSource => ({
    kind,
    config,
    addresses: definition.addresses(config),
    createCollector: (settings, clock) => definition.createCollector(config, settings, clock),
  });
  const kind: SourceKind = {
    ...{ id, name, words, metrics, limits, hasSettablePositions },
    createReader(files) {
      const { conflicts, parse } = definition.createReader(files);
      return {
        conflicts,
        parse(raw) {
          const result = parse(raw);
          return result.ok ? { ok: true, source: configured(result.source) } : result;
        },
      };
    },
  };
  return kind;
}
