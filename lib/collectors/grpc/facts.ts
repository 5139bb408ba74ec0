import type { SourceFact } from "../../model/source.ts";
import type { BookedProcess } from "./booked.ts";
import type { HealthAnswer } from "./client.ts";

export interface Findings {
  /** By service name, "" for the whole server. Empty: not asked for, or not to be had. */
  readonly health: readonly { readonly service: string; readonly answer: HealthAnswer }[];
  /** `refused`: see the failures. */
  readonly instrumented: "yes" | "no" | "unwanted" | "refused";
  readonly process: BookedProcess | null;
  /** Calls that have a lane. */
  readonly listedCalls: number;
  /** What the source asks for and this version does not read. */
  readonly unread: readonly string[];
}

const FROM_HEALTH = "From health: grpc.health.v1.Health/Check";
const FROM_INSTRUMENTED = "From instrumented: streamside.health.v1.StreamHealth/Watch";

export function mapFacts(findings: Findings): SourceFact[] {
  const { health, instrumented, process, unread } = findings;
  return [
    ...health.map(({ service, answer: { state } }) => ({
      label: service === "" ? "Health" : `Health of ${service}`,
      value: describeState(state),
      title: FROM_HEALTH,
    })),
    ...(health[0] ? [roundTripFact(health[0].answer.roundTripMs)] : []),
    ...(instrumented === "yes" && process ? processFacts(process, findings.listedCalls) : []),
    ...(instrumented === "no" ? [NOT_INSTRUMENTED] : []),
    ...(instrumented === "refused" ? [REFUSED] : []),
    ...unread.map((use) => ({
      label: capitalized(use),
      value: "not read by this version of Streamside",
      title: `This source lists ${use} under uses`,
    })),
  ];
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

function describeState(state: HealthAnswer["state"]): string {
  switch (state) {
    case "SERVING":
    case "NOT_SERVING":
    case "UNKNOWN":
      return state;
    case "SERVICE_UNKNOWN":
      return "SERVICE_UNKNOWN: the health service does not know this name";
    case "UNIMPLEMENTED":
      return "not offered: the server has no health service";
  }
}

function roundTripFact(ms: number): SourceFact {
  return {
    label: "Round trip",
    value: `${ms.toFixed(ms < 10 ? 2 : 0)} ms`,
    title: `${FROM_HEALTH}, request and answer on Streamside's own connection`,
  };
}

function processFacts(process: BookedProcess, listedCalls: number): SourceFact[] {
  const { info, methods, liveCalls, serverTimeMs, faults } = process;
  const title = FROM_INSTRUMENTED;
  let started = 0;
  let completed = 0;
  let unaryLive = 0;
  for (const { row, flow } of methods.values()) {
    started += row.started;
    completed += row.completed;
    if (flow === "calls") unaryLive += row.started - row.completed;
  }
  const unlisted = started - completed - unaryLive - listedCalls;
  return [
    { label: "Process", value: info.instanceId.slice(0, 8), title: `${title}, instance ${info.instanceId}` },
    { label: "Instrumentation", value: info.implementation || "not named", title },
    {
      label: "Up",
      value: formatSpan(serverTimeMs - info.startedAtMs),
      title: `${title}, since ${isoTime(info.startedAtMs)}`,
    },
    {
      label: "Live calls",
      value: unlisted > 0 ? `${liveCalls}, ${unlisted} of them without a row` : String(liveCalls),
      title: `${title}; those of Streamside and other observers left out`,
    },
    { label: "Methods", value: String(methods.size), title: `${title}; methods called at least once` },
    ...(faults > 0
      ? [
          {
            label: "Instrumentation faults",
            value: String(faults),
            title: `${title}: exceptions caught inside the package; numbers may be incomplete`,
          },
        ]
      : []),
  ];
}

function isoTime(ms: number): string {
  // A date beyond what Date can hold would throw.
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : "an impossible time";
}

function formatSpan(ms: number): string {
  if (!(ms >= 0)) return "unknown";
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.floor(ms / 1000)} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function capitalized(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
