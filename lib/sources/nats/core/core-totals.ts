import type { EpochMs } from "../../../model/reading.ts";
import type { Varz } from "../servers/monitoring-types.ts";
import type { ServerReport } from "../servers/server-report.ts";

/** What all servers together took in from clients and handed out to them. */
export interface CoreTotals {
  /** Grow only: a server that was started anew goes on from where it stopped. NaN: no server answers. */
  readonly inMsgs: number;
  readonly outMsgs: number;
  readonly asOf: EpochMs;
  /** `links`: messages that servers passed on to each other are counted again, as a server here cannot tell them apart. */
  readonly counts: "clients" | "all" | "links";
}

/**
 * Adds up the counters of servers that come and go. `in_msgs` of a server counts a message once more for every route,
 * gateway and leaf node that it came over, so clients' messages are taken where the server counts those apart.
 */
export function createCoreTotals(): (servers: readonly ServerReport[]) => CoreTotals {
  /** Of the last round in which a server answered: by name, with the id of that start. */
  let last = new Map<string, { readonly id: string; readonly in: number; readonly out: number }>();
  let inMsgs = 0;
  let outMsgs = 0;
  let first = true;
  let counts: CoreTotals["counts"] = "all";

  return (servers) => {
    const answering = servers.filter(({ missed }) => missed === 0);
    if (answering.length === 0) {
      return { inMsgs: Number.NaN, outMsgs: Number.NaN, asOf: Number.NaN, counts };
    }
    const next: typeof last = new Map();
    for (const { id, name, varz } of answering) {
      const counted = countersOf(varz.value);
      const before = last.get(name);
      next.set(name, { id, ...counted });
      if (first) {
        inMsgs += counted.in || 0;
        outMsgs += counted.out || 0;
      } else if (before) {
        // Counted from 0 again: all of it is new.
        const anew = before.id !== id;
        inMsgs += growth(anew ? 0 : before.in, counted.in);
        outMsgs += growth(anew ? 0 : before.out, counted.out);
      }
      // A server not seen in the last round has counted for who knows how long: it is counted from here on.
    }
    first = false;
    last = next;
    counts = whatCounts(answering);
    return {
      inMsgs,
      outMsgs,
      asOf: Math.max(...answering.map(({ varz }) => varz.asOf)),
      counts,
    };
  };
}

function growth(before: number, now: number): number {
  const grown = now < before ? now : now - before;
  return grown || 0; // not known: nothing to add
}

function countersOf(varz: Varz): { readonly in: number; readonly out: number } {
  return Number.isNaN(varz.in_client_msgs)
    ? { in: varz.in_msgs, out: varz.out_msgs }
    : { in: varz.in_client_msgs, out: varz.out_client_msgs };
}

function whatCounts(servers: readonly ServerReport[]): CoreTotals["counts"] {
  const without = servers.filter(({ varz }) => Number.isNaN(varz.value.in_client_msgs));
  if (without.length === 0) return "clients";
  const linked = ({ varz: { value } }: ServerReport) =>
    value.routes > 0 || value.leafnodes > 0 || Boolean(value.gateway?.name);
  return without.some(linked) ? "links" : "all";
}
