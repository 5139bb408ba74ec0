"use client";
import { Card, CardHeader } from "@/components/ui/card";
import { cx } from "@/components/ui/cx";
import { factText } from "@/lib/format";
import { useNow } from "@/lib/live";
import type { FactCell, SourceFact } from "@/lib/model/source";

/** Facts that stand in a group of their own, in a card: limits, copies, where it comes from. */
export function FactGroups({ facts }: { facts: readonly SourceFact[] }) {
  return <FactsCard facts={facts.filter(isGrouped)} />;
}

/** Facts in a card of their own; no card where there are none. */
export function FactsCard({ facts }: { facts: readonly SourceFact[] }) {
  if (facts.length === 0) return null;
  return (
    <Card labelledBy="facts-title">
      <CardHeader title="Facts" id="facts-title" />
      <div className="px-4 py-3">
        <FactColumns facts={facts} />
      </div>
    </Card>
  );
}

/** Groups of facts side by side, each under its name; those without a group come first. */
export function FactColumns({ facts }: { facts: readonly SourceFact[] }) {
  const groups = new Map<string, SourceFact[]>([["", []]]);
  for (const fact of facts) {
    const group = fact.group ?? "";
    const members = groups.get(group);
    if (members) members.push(fact);
    else groups.set(group, [fact]);
  }
  return (
    <div className="gap-x-10 columns-[19rem]">
      {[...groups].map(
        ([group, members]) =>
          members.length > 0 && (
            <section
              key={group}
              aria-label={group || "General"}
              className={cx("not-last:mb-3", group !== "" && "break-inside-avoid")}
            >
              {group !== "" && <h3 className="mb-1 font-medium text-xs">{group}</h3>}
              <FactList facts={members} />
            </section>
          ),
      )}
    </div>
  );
}

export function isGrouped(fact: SourceFact): fact is SourceFact & { readonly group: string } {
  return fact.group !== undefined;
}

/** Facts in one running line, for those that explain the sentence above it. */
export function FactLine({ facts, lead = "" }: { facts: readonly SourceFact[]; lead?: string }) {
  if (facts.length === 0) return null;
  return (
    <p className="mt-1 max-w-[140ch] break-words text-dim">
      {facts.map((fact, i) => (
        <span key={fact.label} title={fact.title}>
          {i === 0 ? lead : " · "}
          {fact.label}{" "}
          <span className="text-ink">
            <FactValue value={fact.value} />
          </span>
        </span>
      ))}
    </p>
  );
}

/** Names on the left, what is known on the right, where it comes from on hover. */
export function FactList({ facts }: { facts: readonly SourceFact[] }) {
  return (
    <dl className="text-xs">
      {facts.map(({ label, value, title }, i) => (
        <div
          key={`${label} ${i}`}
          title={title}
          className="grid break-inside-avoid grid-cols-[8.25rem_minmax(0,1fr)] gap-x-3 py-0.5"
        >
          <dt className="text-dim">{label}</dt>
          <dd className="break-words">
            <FactValue value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function FactValue({ value }: { value: SourceFact["value"] }) {
  return typeof value === "string" ? value : <FactNumber cell={value} />;
}

/** An age goes on by itself. */
function FactNumber({ cell }: { cell: FactCell }) {
  return factText(cell, useNow());
}
