import { createHash } from "node:crypto";

const PLAIN = /^[A-Za-z0-9._-]{1,100}$/;

/**
 * An id that is unique over all sources, safe in a URL and readable where the name allows it:
 * `prod:billing-writer`. A key with other characters, or a long one, becomes a slug and a hash of the whole.
 */
export function entityId(source: string, key: string): string {
  if (PLAIN.test(key)) return `${source}:${key}`;
  const slug = key
    .slice(0, 200)
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  return `${source}:${slug}~${createHash("sha256").update(key).digest("base64url").slice(0, 12)}`;
}
