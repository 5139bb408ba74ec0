import type { SourceSection } from "../../../model/source.ts";
import { createSection, newest } from "../../../sample/section.ts";
import type { ServerReport } from "../servers/server-report.ts";
import { accountOf, connectionName, isClient } from "./core-snapshot.ts";

/** Subscribers of one subject that share its messages. */
export interface QueueGroup {
  readonly key: string;
  readonly account: string;
  readonly subject: string;
  readonly group: string;
  readonly members: readonly QueueMember[];
}

export interface QueueMember {
  readonly key: string;
  readonly name: string;
  readonly server: string;
  /** Messages it was sent since it subscribed. */
  readonly messages: number;
}

/** A group, and who got how much of what it was sent lately. */
interface Served extends QueueGroup {
  readonly messages: number;
  readonly busiest: Share | null;
  readonly laziest: Share | null;
  /** Members of one server that were served clearly unevenly; null: none were. */
  readonly uneven: string | null;
}

interface Share {
  readonly name: string;
  readonly percent: number;
}

/** Shares are of the messages between a look about this long ago and now. */
const LOOKS_KEPT = 7;
/** Fewer messages a member than this say nothing: chance is uneven, too. */
const ENOUGH_EACH = 100;
const CLEARLY_MORE = 2;
const CLEARLY_LESS = 0.25;
const MOST_GROUPS = 100;

/** The section of queue groups; remembers the last looks. Null: no server told of subscriptions. */
export function createQueueGroupSection(): (servers: readonly ServerReport[]) => SourceSection | null {
  let looks: { readonly asOf: number; readonly messages: ReadonlyMap<string, number> }[] = [];

  let made: { readonly version: string; readonly section: SourceSection } | null = null;

  return (servers) => {
    const told = servers.filter(({ missed, subscriptions }) => missed === 0 && subscriptions !== null);
    if (told.length === 0) return null;
    // Subscriptions are told every few seconds, and there may be tens of thousands.
    const version = told.map(({ id, subscriptions }) => `${id} ${subscriptions!.asOf}`).join();
    if (made?.version === version) return made.section;
    const groups = queueGroupsOf(told);
    const asOf = newest(told.map(({ subscriptions }) => subscriptions!.asOf));
    if (looks.at(-1)?.asOf !== asOf) {
      const messages = new Map(groups.flatMap(({ members }) => members.map((m) => [m.key, m.messages])));
      looks = [...looks, { asOf, messages }].slice(-LOOKS_KEPT);
    }
    const served = groups.map((group) =>
      serve(
        group,
        looks.map(({ messages }) => messages),
      ),
    );
    const cut = told.filter(({ subscriptions: s }) => s!.value.total > s!.value.connections.length);
    const section = createSection<Served>({
      key: "queue-groups",
      title: "Queue groups",
      note: noteOf(cut.map(({ name }) => name)),
      asOf,
      most: MOST_GROUPS,
      items: served.sort((a, b) => b.messages - a.messages || (a.key < b.key ? -1 : 1)),
      id: ({ key }) => key,
      trouble: ({ uneven }) => (cut.length > 0 ? null : uneven),
      columns: [
        { label: "Subject", kind: "text", cell: ({ subject }) => subject },
        { label: "Group", kind: "text", cell: ({ group }) => group },
        { label: "Account", kind: "text", cell: ({ account }) => account },
        { label: "Members", kind: "count", cell: ({ members }) => members.length },
        {
          label: "Messages",
          kind: "counter",
          title: "Sent to its members since each of them subscribed",
          cell: ({ messages }) => messages,
        },
        { label: "Even share", kind: "percent", cell: ({ members }) => 100 / members.length },
        {
          label: "Busiest",
          kind: "percent",
          title: "Of the messages of about the last minute",
          cell: ({ busiest }) => busiest?.percent ?? Number.NaN,
        },
        { label: "Busiest member", kind: "text", cell: ({ busiest }) => busiest?.name ?? "" },
        {
          label: "Laziest",
          kind: "percent",
          title: "Of the messages of about the last minute",
          cell: ({ laziest }) => laziest?.percent ?? Number.NaN,
        },
        { label: "Laziest member", kind: "text", cell: ({ laziest }) => laziest?.name ?? "" },
      ],
    });
    made = { version, section };
    return section;
  };
}

function noteOf(cut: readonly string[]): string {
  const what = "Who shares the messages of a subject, and how evenly.";
  return cut.length === 0
    ? what
    : `${what} Not complete: there are more connections than are looked at on ${cut.slice(0, 3).join(", ")}.`;
}

export function queueGroupsOf(servers: readonly ServerReport[]): QueueGroup[] {
  const groups = new Map<string, QueueGroup & { readonly members: QueueMember[] }>();
  for (const { id, name: server, subscriptions } of servers) {
    for (const connection of subscriptions?.value.connections ?? []) {
      const { cid, account: owner, kind, subscriptions_list_detail: list = [] } = connection;
      if (!isClient(kind)) continue;
      for (const [row, { subject, qgroup: group, msgs: messages }] of list.entries()) {
        if (group === "") continue;
        const key = JSON.stringify([owner, subject, group]); // any of them may hold any sign
        const known = groups.get(key);
        const name = `${connectionName(connection)} #${cid}`;
        const member = { key: `${id}/${cid}/${row}/${key}`, name, server, messages };
        if (known) known.members.push(member);
        else groups.set(key, { key, account: accountOf(connection), subject, group, members: [member] });
      }
    }
  }
  return [...groups.values()];
}

/** @param looks What every member had been sent at the last looks, oldest first. */
export function serve(group: QueueGroup, looks: readonly ReadonlyMap<string, number>[]): Served {
  const { members } = group;
  const messages = members.reduce((sum, member) => sum + (member.messages || 0), 0);
  // Who came later has had less time: since the first look at which all were there. At first, all there ever was.
  const base = looks.slice(0, -1).find((look) => members.every(({ key }) => look.has(key)));
  const grown = members.map((member) => ({
    ...member,
    messages: Math.max(0, member.messages - (base?.get(member.key) ?? 0)) || 0,
  }));
  const total = grown.reduce((sum, member) => sum + member.messages, 0);
  const share = (member: QueueMember): Share => ({
    name: member.name,
    percent: (member.messages / total) * 100,
  });
  const sorted = [...grown].sort((a, b) => b.messages - a.messages);
  return {
    ...group,
    messages,
    busiest: total > 0 ? share(sorted[0]!) : null,
    laziest: total > 0 ? share(sorted.at(-1)!) : null,
    uneven: base ? unevenOn(grown) : null,
  };
}

/** A server prefers members of its own to those of others: only those of one server can be told to be served unevenly. */
function unevenOn(members: readonly QueueMember[]): string | null {
  for (const some of groupBy(members, ({ server }) => server).values()) {
    const even = some.reduce((sum, { messages }) => sum + messages, 0) / some.length;
    if (some.length < 2 || even < ENOUGH_EACH) continue;
    const sorted = [...some].sort((a, b) => b.messages - a.messages);
    const [most, least] = [sorted[0]!, sorted.at(-1)!];
    if (least.messages <= even * CLEARLY_LESS) {
      return `${least.name} got ${percentText(least.messages / even)} of an even share`;
    }
    if (most.messages >= even * CLEARLY_MORE) {
      return `${most.name} got ${(most.messages / even).toFixed(1)} even shares`;
    }
  }
  return null;
}

function percentText(part: number): string {
  return `${Math.round(part * 100)} %`;
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const known = groups.get(key(item));
    if (known) known.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
