import type { EpochMs } from "../../../model/reading.ts";
import type { PartialFailure } from "../../../model/source.ts";
import type { CollectorError } from "../../../sample/collector-error.ts";
import type { AskedWay } from "./asked-way.ts";
import type { Backend } from "./backend.ts";
import { WAY_NAMES } from "./way-text.ts";
import { isLate } from "./ways-section.ts";

/**
 * What could not be had of one address: all of it (`dead`), or single ways.
 * @param where what follows the name of a way: which of several addresses
 */
export function failuresOfAddress(
  backend: Backend,
  dead: CollectorError | null,
  where: string,
  isListed: boolean,
  now: EpochMs,
): PartialFailure[] {
  if (dead !== null) return [failure(backend.address.name, dead)];
  return [
    ...backend.asked.flatMap((way) => failureOfWay(way, `${WAY_NAMES[way.use]}${where}`, isListed, now)),
    ...(backend.ways.health?.value?.failed ?? []).map(({ service, error }) =>
      failure(`${service === "" ? "Health" : `Health of ${service}`}${where}`, error),
    ),
  ];
}

/** @param isListed the source says that it wants this way, and not only what there is */
export function failureOfWay(
  way: AskedWay<unknown>,
  subject: string,
  isListed: boolean,
  now: EpochMs,
): PartialFailure[] {
  const { state, pendingSince } = way;
  if ("error" in state) return [failure(subject, state.error)];
  if (state.kind === "not offered" && isListed) {
    const message = `${subject} is not offered by the target, and this source lists ${way.use} under uses.`;
    return [{ scope: "source", subject, code: "UNAVAILABLE", message }];
  }
  if (!isLate(way, now)) return [];
  const message = `${subject} has not answered for ${((now - pendingSince) / 1_000).toFixed(1)} s.`;
  return [{ scope: "source", subject, code: "TIMEOUT", message }];
}

export function failure(subject: string, { code, message }: CollectorError): PartialFailure {
  return { scope: "source", subject, code, message };
}
