"use client";
import { Icon } from "@/components/ui/icon";
import { useKept } from "./use-kept";

/** What happens now cannot be looked at later: said where everybody sees it. */
export function HistoryBanner() {
  const kept = useKept();
  if (!kept?.isOn || kept.trouble === null) return null;
  return (
    <section
      aria-label="History"
      className="flex flex-wrap items-center gap-x-2 border-warn border-b px-3.5 py-2 md:px-6"
    >
      <span className="inline-flex items-center gap-2 font-semibold">
        <Icon name="triangle" className="text-warn" />
        Nothing is recorded now
      </span>
      <span>{kept.trouble} What is shown live is not touched by it; recording goes on by itself.</span>
    </section>
  );
}
