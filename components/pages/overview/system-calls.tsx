"use client";
import { otherEnd, shortMethod } from "@/components/shared/call-words";
import { callHref } from "@/components/shared/entity-href";
import { AppLink } from "@/components/shell/app-link";
import { cx } from "@/components/ui/cx";
import { formatCount } from "@/lib/format";
import { useLive } from "@/lib/live";
import type { SystemView } from "@/lib/model/views";

/**
 * How many calls live, and how many of them are held up: both lead to the list, worst first, a single one to its page. Narrow
 * columns have room for what is held up.
 */
export function SystemCalls({ calls: { live, waiting } }: { calls: NonNullable<SystemView["calls"]> }) {
  return (
    <span className={cx("whitespace-nowrap md:order-last", waiting === 0 && "max-lg:hidden")}>
      <span className="max-lg:hidden">
        <AppLink href="/calls" className="hover:text-ink hover:underline" title="Calls alive now">
          {formatCount(live)} live {live === 1 ? "call" : "calls"}
        </AppLink>
        {waiting > 0 && ", "}
      </span>
      {waiting > 0 && <Waiting waiting={waiting} />}
    </span>
  );
}

function Waiting({ waiting }: { waiting: number }) {
  const { frame } = useLive<"calls">({ view: "calls", sort: "stall", limit: 1 });
  const worst = frame?.rows[0];
  const meaning = "Calls in which a message has waited for a second or more";
  return (
    <AppLink
      href={waiting === 1 && worst ? callHref(worst.id) : "/calls"}
      prefetch={false}
      className="text-crit hover:underline"
      title={worst ? `${meaning}; the worst is ${shortMethod(worst.method)}, ${otherEnd(worst)}` : meaning}
    >
      {formatCount(waiting)} waiting
    </AppLink>
  );
}
