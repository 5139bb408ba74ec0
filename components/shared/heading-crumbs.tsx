import { AppLink } from "@/components/shell/app-link";
import { Age } from "@/components/ui/age";
import { SystemDot } from "@/components/ui/system-dot";
import { formatInterval } from "@/lib/format";
import type { EpochMs } from "@/lib/model/reading";
import { sourceHref } from "./entity-href";

/** The list that a page's subject is in. */
export function ListCrumb({ href, name }: { href: string; name: string }) {
  return (
    <AppLink href={href} className="hover:text-ink hover:underline">
      {name}
    </AppLink>
  );
}

/** The source it is of. */
export function SourceCrumb({ system, id, name }: { system: string; id: string; name: string }) {
  return (
    <AppLink
      href={sourceHref(id)}
      className="inline-flex items-center gap-1.5 hover:text-ink hover:underline"
    >
      <SystemDot system={system} named />
      {name}
    </AppLink>
  );
}

/** How often it is sampled, and how old what is shown is. */
export function SampledCrumb({ asOf, intervalMs }: { asOf: EpochMs | null; intervalMs: number }) {
  return (
    <span>
      sampled every {formatInterval(intervalMs)}, <Age asOf={asOf} intervalMs={intervalMs} />
    </span>
  );
}
