import { SourcesExplain } from "@/components/shared/sources-explain";
import { NoFrameYet, NothingMatches, QueryRefused } from "@/components/shared/table/empty";
import type { Problem } from "@/lib/model/problem";
import type { StreamsMeta } from "@/lib/model/views";

/** Why there is no row: the question, the filter, or the sources. */
export function StreamsEmpty({
  meta,
  problem,
  q,
  onClear,
}: {
  meta: StreamsMeta | null;
  problem: Problem | null;
  q: string;
  onClear: () => void;
}) {
  if (problem) return <QueryRefused problem={problem} onClear={onClear} />;
  if (!meta) return <NoFrameYet />;
  if (meta.all > 0) return <NothingMatches what="stream" q={q} all={meta.all} onClear={onClear} />;
  return (
    <SourcesExplain what="No streams yet">
      Every source answers, and none has a stream: create a Kafka topic or a JetStream stream, or call a gRPC
      method.
    </SourcesExplain>
  );
}
