import { type SourceFailure, statusOfFailure } from "@/lib/model/source";
import type { System } from "@/lib/model/system";
import type { SourceChip, SystemView } from "@/lib/model/views";

/** Which of the reasons there is, when a system has nothing to show. Each looks different. */
export type SystemState =
  | { readonly kind: "live" }
  /** No frame from the server yet. */
  | { readonly kind: "connecting" }
  /** No source of this system is configured. */
  | { readonly kind: "absent" }
  /** Nothing sampled yet, nothing failed yet. */
  | { readonly kind: "waiting" }
  | { readonly kind: "lost" | "refused"; readonly failure: SourceFailure };

export function systemState(view: SystemView | undefined, chips: readonly SourceChip[] | null): SystemState {
  if (chips === null) return { kind: "connecting" };
  if (!view || view.counts.sources === 0) return { kind: "absent" };
  if (view.failure) return { kind: statusOfFailure(view.failure.code), failure: view.failure };
  const own = chips.filter((chip) => chip.kind === view.system);
  if (own.length > 0 && own.every((chip) => chip.asOf === null)) return { kind: "waiting" };
  return { kind: "live" };
}

/** The source of a system whose sample is the oldest, against its own interval: what the whole column may claim. */
export function oldestSource(chips: readonly SourceChip[], system: System): SourceChip | null {
  const overdue = (chip: SourceChip) =>
    chip.asOf === null ? Number.NEGATIVE_INFINITY : chip.asOf + chip.intervalMs;
  return chips
    .filter((chip) => chip.kind === system)
    .reduce<SourceChip | null>(
      (oldest, chip) => (!oldest || overdue(chip) < overdue(oldest) ? chip : oldest),
      null,
    );
}

const SOURCE_NOUNS: Readonly<Record<System, string>> = { kafka: "cluster", nats: "server", grpc: "target" };
const THING_NOUNS: Readonly<Record<System, string>> = { kafka: "group", nats: "consumer", grpc: "method" };

/** "1 cluster · 42 groups": what a column stands for. */
export function systemSize({ system, counts }: SystemView): string {
  const things = system === "grpc" ? counts.streams : counts.consumers;
  return `${counted(counts.sources, SOURCE_NOUNS[system])} · ${counted(things, THING_NOUNS[system])}`;
}

function counted(n: number, noun: string): string {
  return `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`;
}
