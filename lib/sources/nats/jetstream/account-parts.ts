import type { AccountSampler } from "./account-sampler.ts";
import type { JetStreamSample } from "./jetstream.ts";
import type { AccountParts, Part, StreamPart } from "./snapshot.ts";

/**
 * What was had of each account: through a connection to it, and of the others what the system account tells.
 *
 * @param samples of the accounts, in their order · @param told by the names that the servers give accounts
 */
export function accountParts(
  accounts: readonly Pick<AccountSampler, "account" | "identity">[],
  samples: readonly Pick<JetStreamSample, "streams">[],
  told: AccountParts = new Map(),
): AccountParts {
  const parts = new Map<string, Part<StreamPart>>();
  accounts.forEach(({ account }, i) => {
    parts.set(account, samples[i]!.streams);
  });
  const known = new Set(
    accounts.flatMap(({ account, identity }) => [
      account,
      identity?.id ?? account,
      identity?.name ?? account,
    ]),
  );
  const seen = new Set([...parts.values()].flatMap(fingerprints));
  for (const [account, part] of told) {
    // Not every user may ask which account is its own; then a stream that was made in the same nanosecond tells.
    if (known.has(account) || fingerprints(part).some((stream) => seen.has(stream))) continue;
    parts.set(account, part);
  }
  return parts;
}

function fingerprints(part: Part<StreamPart>): string[] {
  if (part === "failed") return [];
  return part.items.flatMap(({ entry: { name, createdAt } }) =>
    createdAt === "" ? [] : [`${name} ${createdAt}`],
  );
}
