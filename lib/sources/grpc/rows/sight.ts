import { ConsumerFlag } from "../../../sample/consumer-flag.ts";
import type { BookedCall, BookedProcess } from "../book/booked.ts";
import { known } from "../book/flow.ts";
import type { BackendFindings } from "../ways/findings.ts";
import { isBlocked, isGone, socketOf } from "./connection-state.ts";
import type { Rows } from "./rows.ts";

/** How a sample sees the rows: what is the same for all calls of a process is looked up once. */
export interface Sight {
  /** Whether the process says so now: nothing that another one tells is known. */
  isConfirmed(process: BookedProcess): boolean;
  /** Bits of `ConsumerFlag` of one call. */
  flagsOf(call: BookedCall): number;
}

export function createSight({ processes }: Rows, backends: readonly BackendFindings[]): Sight {
  const byAddress = new Map(backends.map((backend) => [backend.address, backend]));
  const seen = new Map(
    processes.map(({ process, address }) => {
      const backend = byAddress.get(address);
      const gone = new Set<number>();
      for (const row of process.connections.values()) if (isGone(row, process)) gone.add(row.id);
      const isConfirmed = process.from === "metrics" || backend?.confirmed === true;
      return [process, { isConfirmed, gone, channelz: backend?.channelz ?? null }];
    }),
  );
  return {
    isConfirmed: (process) => seen.get(process)?.isConfirmed === true,
    flagsOf({ row, process }) {
      const of = seen.get(process);
      if (!of?.isConfirmed) return 0;
      const { connectionId } = row;
      let flags = 0;
      if (connectionId !== undefined && of.gone.has(connectionId)) flags |= ConsumerFlag.gone;
      if (known(row.queuedWrites) > 0) {
        const connection = process.connections.get(connectionId ?? -1);
        if (isBlocked(row, connection, socketOf(of.channelz, row.peer))) flags |= ConsumerFlag.blocked;
      }
      return flags;
    },
  };
}
