import { streamHref } from "@/components/shared/entity-href";
import { AppLink } from "@/components/shell/app-link";
import { Card, CardHeader } from "@/components/ui/card";
import { CutMiddle } from "@/components/ui/cut-middle";
import { ReadingValue } from "@/components/ui/reading";
import { exactCount } from "@/lib/format";
import type { BacklogUnit } from "@/lib/model/system";
import type { ConsumerMeta } from "@/lib/model/views";

const MOST = 50;

/** Where the backlog is, for a consumer of several streams. */
export function ConsumerStreams({ streams, unit }: { streams: ConsumerMeta["streams"]; unit: BacklogUnit }) {
  return (
    <Card labelledBy="streams-title">
      <CardHeader title="Streams" id="streams-title">
        {exactCount(Math.min(MOST, streams.length))} of {exactCount(streams.length)} · most backlog first
      </CardHeader>
      <table className="w-full table-fixed border-collapse" aria-labelledby="streams-title">
        <thead className="border-line border-b text-dim text-xs">
          <tr>
            <th scope="col" className="py-2 pr-3 pl-4 text-left font-medium">
              Stream
            </th>
            <th scope="col" className="w-20 px-3 py-2 text-right font-medium">
              Lanes
            </th>
            <th scope="col" className="w-32 px-3 py-2 text-right font-medium">
              Backlog
            </th>
          </tr>
        </thead>
        <tbody>
          {streams.slice(0, MOST).map((stream) => (
            <tr key={stream.id} className="border-line border-b last:border-b-0">
              <td className="py-2 pr-3 pl-4">
                <AppLink href={streamHref(stream.id)} prefetch={false}>
                  <CutMiddle text={stream.stream} />
                </AppLink>
              </td>
              <td className="px-3 py-2 text-right">{exactCount(stream.lanes)}</td>
              <td className="px-3 py-2 text-right">
                <ReadingValue reading={stream.backlog} kind={unit === "bytes" ? "bytes" : "count"} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
