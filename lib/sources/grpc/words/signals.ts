import type { SourceSignal, StreamSignal } from "../../../model/signal.ts";
import type { Layout } from "../../../sample/layout.ts";
import type { ServiceHealth } from "../ways/ways.ts";

/** One address: what its health service told last, and whether anything is known of it now. */
export interface JudgedAddress {
  readonly name: string;
  readonly isDead: boolean;
  readonly services: readonly Pick<ServiceHealth, "service" | "state">[];
}

/** Whether each service that tells its health serves, at any of the addresses. */
export function servingServices(
  addresses: readonly JudgedAddress[],
  named: readonly string[],
): { readonly service: string; readonly isServing: boolean }[] {
  const states = notServing(addresses);
  const services = new Set(addresses.flatMap((address) => address.services.map(({ service }) => service)));
  return Array.from(services, (service) => ({ service, says: states.get(service) ?? "SERVING" }))
    .filter(({ service, says }) => isMeant(service, says, named))
    .map(({ service, says }) => ({ service, isServing: says === "SERVING" }));
}

/** Many servers set no state for the server as a whole; that is no news of those that were not asked for it. */
function isMeant(service: string, says: string, named: readonly string[]): boolean {
  return says !== "SERVICE_UNKNOWN" || service !== "" || named.includes("");
}

/**
 * Services that do not serve at any address, and addresses that should serve and do not.
 * @param named services that the source asks for by name
 */
export function sourceSignals(
  addresses: readonly JudgedAddress[],
  areSeveral: boolean,
  named: readonly string[],
): SourceSignal[] {
  const signals: SourceSignal[] = [...notServing(addresses)]
    .filter(([service, says]) => isMeant(service, says, named))
    .map(([service, says]) => ({ kind: "health", service, says }));
  if (!areSeveral) return signals;
  const missing = addresses.filter(
    ({ isDead, services }) =>
      isDead || services.some(({ service, state }) => service === "" && state === "NOT_SERVING"),
  );
  if (missing.length > 0) {
    signals.push({
      kind: "members",
      what: "address",
      expected: addresses.length,
      serving: addresses.length - missing.length,
      missing: missing.map(({ name }) => name),
    });
  }
  return signals;
}

/** By row: methods that the target serves, of a service that is not serving. */
export function streamSignals(
  { streams }: Layout,
  addresses: readonly JudgedAddress[],
): ReadonlyMap<number, readonly StreamSignal[]> {
  const states = notServing(addresses);
  const signals = new Map<number, readonly StreamSignal[]>();
  for (const [row, { name, calls }] of streams.entries()) {
    const service = name.slice(1, name.lastIndexOf("/"));
    const says = states.get(service);
    // A health service that does not know a name says nothing of its methods.
    if (service === "" || calls?.side === "client" || says === undefined || says === "SERVICE_UNKNOWN")
      continue;
    signals.set(row, [{ kind: "health", service, says }]);
  }
  return signals;
}

/** What a service says that serves at no address; the first address that tells of it is believed. */
function notServing(addresses: readonly JudgedAddress[]): Map<string, string> {
  const states = new Map<string, string>();
  const serving = new Set<string>();
  for (const { services } of addresses) {
    for (const { service, state } of services) {
      if (state === "SERVING") serving.add(service);
      else if (!states.has(service)) states.set(service, state);
    }
  }
  for (const service of serving) states.delete(service);
  return states;
}
