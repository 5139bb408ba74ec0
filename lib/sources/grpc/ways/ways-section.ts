import { formatAge } from "../../../format/time.ts";
import type { EpochMs } from "../../../model/reading.ts";
import type { SourceSection } from "../../../model/source.ts";
import { type Column, createSection } from "../../../sample/section.ts";
import type { GrpcSourceUse } from "../config.ts";
import { utcText } from "../words/time-text.ts";
import type { AskedWay } from "./asked-way.ts";
import type { BackendWays } from "./backend-ways.ts";
import { standInFor, WAY_GIFTS, WAY_NAMES } from "./way-text.ts";

/** The ways of one address. */
export interface NamedWays {
  readonly name: string;
  readonly ways: Partial<BackendWays>;
}

interface Row {
  readonly address: string;
  readonly use: GrpcSourceUse;
  readonly way: AskedWay<unknown> | null;
  readonly ways: Partial<BackendWays>;
}

/** Where what is shown of a target comes from, and what stands in for a way that is lost. */
export function waysSection(addresses: readonly NamedWays[], now: EpochMs): SourceSection {
  const isOne = addresses.length === 1;
  const items = addresses.flatMap(({ name, ways }) =>
    (Object.keys(WAY_NAMES) as GrpcSourceUse[]).flatMap((use) => {
      const way = ways[use] ?? null;
      // What nobody wants is told once, not of each of many addresses.
      return way === null && !isOne ? [] : [{ address: name, use, way, ways }];
    }),
  );
  const address: Column<Row> = { label: "Address", kind: "text", cell: (row) => row.address };
  return createSection<Row>({
    key: "ways",
    title: "Ways",
    note: "How this target is seen. Whatever it offers is used; losing one way costs only what that one alone can see.",
    asOf: now,
    items,
    id: ({ address, use }) => `${use} ${address}`,
    trouble: ({ way, ways, use }) => {
      if (way === null) return null;
      if (!("error" in way.state))
        return isLate(way, now) ? `no answer for ${formatAge(now - way.pendingSince)}` : null;
      return `${way.state.kind}; ${standInFor(use, ways)}`;
    },
    columns: [
      { label: "Way", kind: "text", cell: ({ use }) => WAY_NAMES[use] },
      ...(isOne ? [] : [address]),
      { label: "State", kind: "text", cell: ({ way }) => stateText(way) },
      {
        label: "Lost since",
        kind: "text",
        cell: ({ way }) => (way !== null && "error" in way.state ? utcText(way.state.since) : ""),
      },
      { label: "Gives", kind: "text", title: "What is seen this way", cell: ({ use }) => WAY_GIFTS[use] },
      {
        label: "Instead",
        kind: "text",
        title: "What the other ways tell while this one does not",
        cell: ({ way, ways, use }) =>
          way === null || way.state.kind === "used" || way.state.kind === "waiting"
            ? ""
            : standInFor(use, ways),
      },
    ],
  });
}

/** It answers with the others, as a rule, and has not; the first answer takes longer. */
export function isLate({ state, pendingSince }: AskedWay<unknown>, now: EpochMs): boolean {
  return now - pendingSince >= (state.kind === "waiting" ? FIRST_ANSWER_MS : LATE_MS);
}

const LATE_MS = 1_000;
const FIRST_ANSWER_MS = 2_000;

function stateText(way: AskedWay<unknown> | null): string {
  if (way === null) return "not wanted";
  const { state } = way;
  switch (state.kind) {
    case "waiting":
      return "asked for the first time";
    case "used":
    case "not offered":
      return state.kind;
    case "refused":
    case "lost":
      return `${state.kind}: ${state.error.message}`;
  }
}
