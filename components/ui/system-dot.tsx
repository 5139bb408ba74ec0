import { SYSTEM_NAMES, type System } from "@/lib/model/system";
import { cx } from "./cx";

const FILLS: Readonly<Record<System, string>> = { kafka: "bg-kafka", nats: "bg-nats", grpc: "bg-grpc" };

/** The colour of a system. Where the system is not written beside it, `named` says it to screen readers and on hover. */
export function SystemDot({ system, named = false }: { system: System; named?: boolean }) {
  return (
    <span
      className={cx("inline-block size-[0.5625rem] shrink-0 rounded-[3px]", FILLS[system])}
      title={named ? SYSTEM_NAMES[system] : undefined}
      aria-hidden={named ? undefined : true}
    >
      {named && <span className="sr-only">{SYSTEM_NAMES[system]}</span>}
    </span>
  );
}
