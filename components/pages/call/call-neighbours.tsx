import { CallColumns, CallsHead } from "@/components/shared/calls/calls-head";
import { CallRow } from "@/components/shared/calls/calls-row";
import { followRow } from "@/components/shared/table/follow-row";
import { Card, CardHeader } from "@/components/ui/card";
import { exactCount } from "@/lib/format";
import type { CallView } from "@/lib/model/call";
import type { CallMeta } from "@/lib/model/views";
import { connectionSentence } from "./connection-words";

/** This call and the others on its connection under each other: does it wait alone, or do all of them? */
export function CallNeighbours({
  meta: { call, asOf, connection },
  others,
  most,
}: {
  meta: CallMeta;
  others: readonly CallView[];
  /** As many others as were asked for. */
  most: number;
}) {
  return (
    <Card labelledBy="neighbours-title">
      <CardHeader title="On the same connection" id="neighbours-title">
        {connection !== null && (
          <>
            {connection} ·{" "}
            {others.length >= most ? `the worst ${exactCount(most)} others` : othersText(others)}
          </>
        )}
      </CardHeader>
      {connection === null ? (
        <p className="px-4 py-3 text-dim">
          Which calls share its connection is not told: the process would have to tell it
          (streamside.health.v1).
        </p>
      ) : (
        <>
          <p className="border-line px-4 py-2.5 not-last:border-b">{connectionSentence(call, others)}</p>
          {others.length > 0 && <NeighbourRows call={call} others={others} asOf={asOf} />}
        </>
      )}
    </Card>
  );
}

function NeighbourRows({
  call,
  others,
  asOf,
}: {
  call: CallView;
  others: readonly CallView[];
  asOf: number;
}) {
  return (
    <table
      className="w-full table-fixed border-separate border-spacing-0 max-md:block"
      aria-labelledby="neighbours-title"
    >
      <CallColumns />
      <CallsHead />
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the link in the row is what the keyboard uses */}
      <tbody className="max-md:block" onClick={followRow}>
        <CallRow call={call} asOf={asOf} hasMethod isHere />
        {others.map((other) => (
          <CallRow key={other.id} call={other} asOf={asOf} hasMethod />
        ))}
      </tbody>
    </table>
  );
}

function othersText(others: readonly CallView[]): string {
  return others.length === 1 ? "1 other call" : `${exactCount(others.length)} other calls`;
}
