import { exactCount } from "../../../format/index.ts";
import type { PartialFailure, SourceFact } from "../../../model/source.ts";
import { namesText } from "../../event-text.ts";
import type { BookedProcess } from "../book/booked.ts";
import { known } from "../book/flow.ts";
import type { BackendFindings } from "../ways/findings.ts";
import { FROM_INSTRUMENTED } from "./origin.ts";
import { utcText } from "./time-text.ts";

export interface Findings {
  /** `refused`: see the failures. */
  readonly instrumented: "yes" | "no" | "unwanted" | "refused";
  readonly backends: readonly BackendFindings[];
}

/** What the processes tell of themselves, all addresses together. */
export function mapFacts({ instrumented, backends }: Findings): SourceFact[] {
  switch (instrumented) {
    case "yes":
      return processFacts(processesOf(backends));
    case "no":
      return [NOT_INSTRUMENTED];
    case "refused":
      return [REFUSED];
    case "unwanted":
      return [];
  }
}

/** What is wrong with what processes tell, as parts that could not be had. */
export function mapTroubles(backends: readonly BackendFindings[]): PartialFailure[] {
  return backends.flatMap(({ address, book }) =>
    (book?.troubles.messages ?? []).map((message) => ({
      scope: "source" as const,
      subject: backends.length === 1 ? "StreamHealth" : `StreamHealth of ${address}`,
      code: "PROTOCOL" as const,
      message: `${address}: ${message}.`,
    })),
  );
}

const NOT_INSTRUMENTED: SourceFact = {
  label: "Calls",
  value: "not visible: the service does not serve StreamHealth",
  title:
    "Add @streamside/grpc-health to the service, in one line: instrumentServer(server). Then its methods, live calls and backlogs appear here",
};

const REFUSED: SourceFact = {
  label: "Calls",
  value: "could not be read",
  title: "See the failures of this source",
};

/** One that answers at two addresses is one. */
function processesOf(backends: readonly BackendFindings[]): BookedProcess[] {
  const processes = backends.flatMap(({ book, confirmed }) =>
    confirmed && book?.process ? [book.process] : [],
  );
  return [...new Map(processes.map((process) => [process.info.instanceId, process])).values()];
}

function processFacts(processes: readonly BookedProcess[]): SourceFact[] {
  if (processes.length === 0) return [];
  const title = FROM_INSTRUMENTED;
  const isOne = processes.length === 1;
  const live = sum(processes.map(({ liveCalls }) => liveCalls));
  const unlisted = sum(processes.map(unlistedIn));
  const faults = sum(processes.map((process) => process.faults));
  const paths = new Set(processes.flatMap(({ methods }) => [...methods.values()].map(({ key }) => key)));
  const startedAt = Math.max(...processes.map((process) => process.startedAt));
  const ids = processes.map(({ info }) => info.instanceId);
  return [
    {
      label: isOne ? "Process" : "Processes",
      value: isOne
        ? ids[0]!.slice(0, 8)
        : `${processes.length}: ${namesText(ids.map((id) => id.slice(0, 8)))}`,
      title: `${title}, instance ${namesText(ids)}`,
    },
    {
      label: "Instrumentation",
      value: namesText([...new Set(processes.map(({ info }) => info.implementation || "not named"))]),
      title,
    },
    {
      label: "Started",
      ...(Number.isNaN(startedAt)
        ? { value: "not told", title }
        : {
            value: { kind: "ago" as const, value: startedAt },
            title: `${title}, ${isOne ? "at" : "the last of them at"} ${utcText(startedAt)}`,
          }),
    },
    {
      label: "Live calls",
      value: {
        kind: "count",
        value: live,
        ...(unlisted > 0 && { of: `{}, ${exactCount(unlisted)} of them without a row` }),
      },
      title: `${title}; those of Streamside and other observers left out`,
    },
    {
      label: "Methods",
      value: { kind: "count", value: paths.size },
      title: `${title}; methods called at least once`,
    },
    ...(faults > 0
      ? [
          {
            label: "Instrumentation faults",
            value: { kind: "count" as const, value: faults },
            title: `${title}: exceptions caught inside the package; numbers may be incomplete`,
          },
        ]
      : []),
  ];
}

/** Live calls of streams that are no lanes. */
function unlistedIn({ methods, calls }: BookedProcess): number {
  let unlisted = 0;
  for (const { row, flow } of methods.values()) {
    if (flow !== "calls") unlisted += known(row.started) - known(row.completed) || 0;
  }
  for (const { peer } of calls.values()) if (peer.method.flow !== "calls") unlisted--;
  return Math.max(0, unlisted);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + (known(number) || 0), 0);
}
