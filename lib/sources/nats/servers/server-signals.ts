import type { SourceSignal } from "../../../model/signal.ts";
import type { Meta } from "./meta-section.ts";
import { isGone, type ServerReport } from "./server-report.ts";

/** What is wrong with the servers together: nobody leads JetStream, or some are missing. */
export function serverSignals(servers: readonly ServerReport[], metas: readonly Meta[]): SourceSignal[] {
  const signals: SourceSignal[] = metas
    .filter(({ leader }) => leader === "")
    .map(({ name }) => ({ kind: "quorum", what: `JetStream meta group ${name}`.trim(), leader: false }));
  const there = new Set(servers.filter((server) => !isGone(server)).map(({ name }) => name));
  const missing = new Set(
    servers.filter((server) => isGone(server) && isExpected(server, metas)).map(({ name }) => name),
  );
  for (const { group } of metas) {
    for (const { name, offline } of group.replicas) if (offline && !there.has(name)) missing.add(name);
  }
  if (missing.size > 0) {
    const [expected, serving] = [there.size + missing.size, there.size];
    signals.push({ kind: "members", what: "server", expected, serving, missing: [...missing].sort() });
  }
  return signals;
}

/** One that JetStream's meta group does not know any more was taken out of the cluster. */
function isExpected({ name, varz, cluster }: ServerReport, metas: readonly Meta[]): boolean {
  const own = metas.filter(({ leader, group }) => leader !== "" && group.name === cluster);
  if (!varz.value.jetstream || own.length === 0) return true;
  return own.some(({ leader, group }) => leader === name || group.replicas.some((one) => one.name === name));
}
