import { isSystem, kindWord, type System } from "@/lib/model/system";
import { cx } from "./cx";

const FILLS: Readonly<Record<System, string>> = { kafka: "bg-kafka", nats: "bg-nats", grpc: "bg-grpc" };

/**
 * The colour of a system; other kinds of source share one. Where the system is not written beside it, `named` says it to
 * screen readers and on hover.
 */
export function SystemDot({ system, named = false }: { system: string; named?: boolean }) {
  const word = kindWord(system);
  return (
    <span
      className={cx(
        "inline-block size-[0.5625rem] shrink-0 rounded-[3px]",
        isSystem(system) ? FILLS[system] : "bg-dim",
      )}
      title={named ? word : undefined}
      aria-hidden={named ? undefined : true}
    >
      {named && <span className="sr-only">{word}</span>}
    </span>
  );
}
