import type { SourceFact } from "../../../model/source.ts";
import { namesText } from "../../event-text.ts";
import { type Addresses, MOST_ADDRESSES } from "../connection/addresses.ts";
import type { AskedWay } from "../ways/asked-way.ts";
import type { ToldHealth } from "../ways/health/health-book.ts";
import type { HealthFindings, ServiceHealth } from "../ways/ways.ts";
import { utcText } from "./time-text.ts";

/** The health of one address; null: not wanted. */
export interface AddressHealth {
  readonly name: string;
  readonly health: AskedWay<HealthFindings> | null;
}

const FROM_HEALTH = "From health: grpc.health.v1.Health, Check and Watch";

/** The state of each service that was asked for or listed, over all addresses. */
export function healthFacts(addresses: readonly AddressHealth[]): SourceFact[] {
  const told = new Map<string, { readonly name: string; readonly service: ServiceHealth }[]>();
  for (const { name, health } of addresses) {
    for (const service of health?.value?.services ?? []) {
      told.set(service.service, [...(told.get(service.service) ?? []), { name, service }]);
    }
  }
  if (told.size === 0) {
    const isMissing = addresses.some(({ health }) => health?.state.kind === "not offered");
    return isMissing
      ? [{ label: "Health", value: "not offered: the server has no health service", title: FROM_HEALTH }]
      : [];
  }
  return [...told].map(([service, states]) => ({
    label: service === "" ? "Health" : `Health of ${service}`,
    value: addresses.length === 1 ? describeOne(states[0]!.service) : describeStates(states),
    title: FROM_HEALTH,
  }));
}

/** The last word of an address that is lost: what it was, and that it is no longer known. */
export function lastHealthFacts(told: ReadonlyMap<string, ToldHealth>): SourceFact[] {
  return [...told].map(([service, { state, at }]) => ({
    label: service === "" ? "Health" : `Health of ${service}`,
    value: `not known; last told ${state}, at ${utcText(at)}`,
    title: FROM_HEALTH,
  }));
}

function describeOne({ state, drops, watched }: ServiceHealth): string {
  const text =
    state === "SERVICE_UNKNOWN" ? "SERVICE_UNKNOWN: the health service does not know this name" : state;
  if (drops === 0) return text;
  const times = drops === 1 ? "once" : `${drops} times`;
  return `${text}, left SERVING ${watched ? "" : "at least "}${times} since Streamside watches`;
}

function describeStates(
  states: readonly { readonly name: string; readonly service: ServiceHealth }[],
): string {
  const byState = new Map<string, string[]>();
  for (const { name, service } of states) {
    byState.set(service.state, [...(byState.get(service.state) ?? []), name]);
  }
  // Worst first: what is not serving is told by name.
  return [...byState]
    .sort(([a], [b]) => Number(a === "SERVING") - Number(b === "SERVING"))
    .map(([state, names]) =>
      state === "SERVING"
        ? `SERVING at ${names.length === 1 ? "1 address" : `${names.length} addresses`}`
        : `${state} at ${namesText(names)}`,
    )
    .join("; ");
}

/** Which addresses the target stands for; none of it where it is one by itself. */
export function addressFacts(addresses: Addresses, dead: number): SourceFact[] {
  const { plan, total, failure, lookedUpAt } = addresses;
  if (plan.kind === "fixed" && total === 1) return [];
  const watched = Math.min(total, MOST_ADDRESSES);
  const many = total > watched ? `, ${watched} of them watched` : "";
  const lost = dead > 0 ? `, ${dead} of them not answering` : "";
  const from =
    plan.kind === "fixed"
      ? "From the target's own list"
      : `From ${plan.name.server === null ? "the system's resolver" : `the DNS server ${plan.name.server}`}, last asked at ${utcText(lookedUpAt)}`;
  return [
    {
      label: "Addresses",
      value: { kind: "count", value: total, of: `{}${many}${lost}` },
      title:
        failure === null ? from : `${from}: ${failure.message} The addresses known before are watched on`,
    },
  ];
}
