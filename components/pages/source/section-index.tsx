import { Icon } from "@/components/ui/icon";
import { exactCount } from "@/lib/format";
import type { SectionRow } from "@/lib/model/source";
import type { SectionHead } from "@/lib/model/views";
import { sectionAnchor } from "./section-card";

/** What the page goes on with, in one line: how many rows each section has, and in how many something is wrong. */
export function SectionIndex({
  sections,
}: {
  sections: readonly { readonly head: SectionHead; readonly rows: readonly SectionRow[] }[];
}) {
  if (sections.length < 2) return null;
  return (
    <nav aria-label="Sections" className="flex flex-wrap gap-x-5 gap-y-1.5 text-dim">
      {sections.map(({ head, rows }) => {
        const troubles = rows.filter(({ trouble }) => trouble).length;
        return (
          <a key={head.key} href={`#${sectionAnchor(head.key)}`} className="whitespace-nowrap hover:text-ink">
            {head.title} <span className="text-ink">{exactCount(head.total ?? head.rows)}</span>
            {troubles > 0 && (
              <span className="ml-1.5 inline-flex items-baseline gap-1 text-warn">
                <Icon name="triangle" className="translate-y-px text-xs" />
                {exactCount(troubles)}
                <span className="sr-only">in trouble</span>
              </span>
            )}
          </a>
        );
      })}
    </nav>
  );
}
