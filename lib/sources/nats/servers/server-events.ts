import type { EpochMs } from "../../../model/reading.ts";
import type { SourceEvent } from "../../../model/source.ts";
import { capped, countOf, nameText } from "../../event-text.ts";
import { type Link, type Links, linkId } from "./link-sections.ts";
import type { Meta } from "./meta-section.ts";
import { isGone, type ServerReport } from "./server-report.ts";

/** What is compared from one round to the next. */
export interface ServerPicture {
  readonly servers: readonly ServerReport[];
  readonly links: Links;
  readonly metas: readonly Meta[];
}

/** What happened to servers and the ways between them since the last round. */
export function mapServerEvents(before: ServerPicture, after: ServerPicture, at: EpochMs): SourceEvent[] {
  return [
    ...mapServers(before.servers, after.servers, at),
    ...mapLinks(before, after, "routes", at),
    ...mapLinks(before, after, "gateways", at),
    ...mapLinks(before, after, "leafnodes", at),
    ...mapMetas(before.metas, after.metas, at),
  ];
}

function mapServers(
  before: readonly ServerReport[],
  after: readonly ServerReport[],
  at: EpochMs,
): SourceEvent[] {
  const known = new Map(before.map((server) => [server.name, server]));
  const there = (servers: readonly ServerReport[]) =>
    countOf(servers.filter((server) => !isGone(server)).length, "server");
  const counts = { before: there(before), after: there(after) };
  const told = (servers: readonly ServerReport[], kind: string, what: string, more: string) =>
    capped(servers, more, at, ({ name }) => ({
      at,
      kind,
      title: `Server ${nameText(name)} ${what}`,
      ...counts,
    }));
  const was = ({ name }: ServerReport) => known.get(name);
  const gone = after.filter((server) => isGone(server) && was(server) && !isGone(was(server)!));
  const anew = after.filter((server) => was(server) && was(server)!.id !== server.id);
  const back = after.filter(
    (server) => !isGone(server) && was(server)?.id === server.id && isGone(was(server)!),
  );
  const joined = before.length === 0 ? [] : after.filter((server) => !was(server));
  return [
    ...told(gone, "server-gone", "does not answer any more", "servers do not answer any more"),
    ...told(anew, "server-restarted", "was started anew", "servers were started anew"),
    ...told(back, "server-back", "answers again", "servers answer again"),
    ...told(joined, "server-joined", "joined", "servers joined"),
  ];
}

const LINK_WORDS = {
  routes: { kind: "route", noun: "route" },
  gateways: { kind: "gateway", noun: "gateway" },
  leafnodes: { kind: "leafnode", noun: "leaf node" },
} as const;

function mapLinks(before: ServerPicture, after: ServerPicture, key: keyof Links, at: EpochMs): SourceEvent[] {
  const { kind, noun } = LINK_WORDS[key];
  const then = new Map(before.links[key].map((link) => [linkId(link), link]));
  const now = new Map(after.links[key].map((link) => [linkId(link), link]));
  // A server that did not tell this time has not lost anything, and one that tells first has found nothing new.
  const told = (picture: ServerPicture) =>
    new Set(picture.servers.filter(tells(key)).map(({ name }) => name));
  const toldThen = told(before);
  const toldNow = told(after);
  const lost = [...then.values()].filter((link) => !now.has(linkId(link)) && toldNow.has(link.server));
  const found = [...now.values()].filter((link) => !then.has(linkId(link)) && toldThen.has(link.server));
  return [
    ...capped(lost, `${noun}s were lost`, at, (link) => ({
      at,
      kind: `${kind}-lost`,
      title: `${linkText(link, noun)} was lost`,
    })),
    ...capped(found, `${noun}s were made`, at, (link) => ({
      at,
      kind: `${kind}-made`,
      title: `${linkText(link, noun)} was made`,
    })),
  ];
}

function tells(key: keyof Links): (server: ServerReport) => boolean {
  return ({ missed, routez, gatewayz, leafz }) =>
    missed === 0 && { routes: routez, gateways: gatewayz, leafnodes: leafz }[key] !== null;
}

function linkText({ server, remote, by }: Link, noun: string): string {
  const which = by === "" ? "" : ` (${nameText(by)})`;
  return `The ${noun} between ${nameText(server)} and ${nameText(remote)}${which}`;
}

function mapMetas(before: readonly Meta[], after: readonly Meta[], at: EpochMs): SourceEvent[] {
  const known = new Map(before.map((meta) => [meta.name, meta.leader]));
  const changed = after.filter(({ name, leader }) => known.has(name) && known.get(name) !== leader);
  return capped(changed, "JetStream meta groups changed their leader", at, ({ name, leader }) => ({
    at,
    kind: "meta-leader",
    title:
      leader === ""
        ? `Nobody leads JetStream${name && ` in ${nameText(name)}`} any more`
        : `${nameText(leader)} leads JetStream${name && ` in ${nameText(name)}`} now`,
    before: known.get(name) || "nobody",
    after: leader || "nobody",
  }));
}
