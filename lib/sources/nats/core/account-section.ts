import type { SourceSection } from "../../../model/source.ts";
import { createSection, maxKnown, newest, sumKnown } from "../../../sample/section.ts";
import type { AccountStatz } from "../servers/monitoring-types.ts";
import type { ServerReport } from "../servers/server-report.ts";

type AccountStat = AccountStatz["account_statz"][number];

interface Account {
  readonly name: string;
  readonly stats: readonly AccountStat[];
  /** What it uses and may use of JetStream, as each server says of all of them. */
  readonly memory: number;
  readonly memoryLimit: number;
  readonly disk: number;
  readonly diskLimit: number;
}

const NEARLY_FULL = 0.9;

/** Accounts over all servers; null: no server told. */
export function accountSection(servers: readonly ServerReport[]): SourceSection | null {
  const answering = servers.filter(({ missed }) => missed === 0);
  const told = answering.flatMap(({ accounts }) => accounts ?? []);
  if (told.length === 0) return null;
  const accounts = accountsOf(answering);
  return createSection<Account>({
    key: "accounts",
    title: "Accounts",
    asOf: newest(told.map(({ asOf }) => asOf)),
    items: accounts,
    id: ({ name }) => name,
    trouble: (account) =>
      nearlyFull("disk", account.disk, account.diskLimit) ??
      nearlyFull("memory", account.memory, account.memoryLimit),
    columns: [
      { label: "Account", kind: "text", cell: ({ name, stats }) => stats[0]!.name || name },
      { label: "Connections", kind: "count", cell: sum(({ conns }) => conns) },
      { label: "Leaf nodes", kind: "count", cell: sum(({ leafnodes }) => leafnodes) },
      {
        label: "Subscriptions",
        kind: "count",
        title: "On the server that knows most of them: servers tell each other theirs",
        cell: ({ stats }) => maxKnown(stats.map(({ num_subscriptions }) => num_subscriptions)),
      },
      {
        label: "In",
        kind: "counter",
        title:
          "Messages from clients and leaf nodes; servers that do not tell them apart (2.10) also count those of other servers",
        cell: sum(({ received }) => own(received, "msgs")),
      },
      {
        label: "Out",
        kind: "counter",
        title:
          "Messages to clients and leaf nodes; servers that do not tell them apart (2.10) also count those to other servers",
        cell: sum(({ sent }) => own(sent, "msgs")),
      },
      { label: "Bytes in", kind: "byteCounter", cell: sum(({ received }) => own(received, "bytes")) },
      { label: "Bytes out", kind: "byteCounter", cell: sum(({ sent }) => own(sent, "bytes")) },
      {
        label: "Slow consumers",
        kind: "count",
        title: "Connections that did not read in time, since the servers started",
        cell: sum(({ slow_consumers }) => slow_consumers),
      },
      { label: "JetStream memory", kind: "bytes", title: "All copies together", cell: (a) => a.memory },
      { label: "Memory limit", kind: "bytes", cell: (a) => a.memoryLimit },
      { label: "JetStream disk", kind: "bytes", title: "All copies together", cell: (a) => a.disk },
      { label: "Disk limit", kind: "bytes", cell: (a) => a.diskLimit },
    ],
  });
}

function accountsOf(servers: readonly ServerReport[]): Account[] {
  const stats = new Map<string, AccountStat[]>();
  for (const { accounts } of servers) {
    for (const stat of accounts?.value.account_statz ?? []) {
      const known = stats.get(stat.acc);
      if (known) known.push(stat);
      else stats.set(stat.acc, [stat]);
    }
  }
  const details = servers.flatMap(({ jszAccounts }) => jszAccounts?.value.account_details ?? []);
  return [...stats]
    .map(([name, told]) => {
      const use = details.filter(({ id, name: tag }) => (id || tag) === name);
      return {
        name,
        stats: told,
        // Every server that has some of it says what all of them have.
        memory: maxKnown(use.map(({ memory }) => memory)),
        disk: maxKnown(use.map(({ storage }) => storage)),
        memoryLimit: maxKnown(use.map(({ reserved_memory }) => reserved_memory)),
        diskLimit: maxKnown(use.map(({ reserved_storage }) => reserved_storage)),
      };
    })
    .sort((a, b) => connections(b) - connections(a) || (a.name < b.name ? -1 : 1));
}

function connections({ stats }: Account): number {
  return sumKnown(stats.map(({ conns }) => conns)) || 0;
}

function sum(of: (stat: AccountStat) => number): (account: Account) => number {
  return ({ stats }) => sumKnown(stats.map(of));
}

/** Without what came over routes and gateways: other servers count it, too. */
function own(volume: AccountStat["sent"], unit: "msgs" | "bytes"): number {
  const others = (volume.routes?.[unit] || 0) + (volume.gateways?.[unit] || 0);
  return Math.max(0, volume[unit] - others);
}

function nearlyFull(what: string, used: number, limit: number): string | null {
  return limit > 0 && used / limit >= NEARLY_FULL
    ? `${Math.floor((used / limit) * 100)} % of its JetStream ${what} is used`
    : null;
}
