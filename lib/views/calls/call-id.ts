const PLAIN = /^[A-Za-z0-9._-]{1,100}$/;

/** An id of a live call: safe in a URL, unique over all sources, and, other than most ids, readable back. */
export function callId(source: string, key: string): string {
  return PLAIN.test(key)
    ? `${source}:call.${key}`
    : `${source}:call~${Buffer.from(key).toString("base64url")}`;
}

/** The source and key in an id; null: this is not the id of a call. */
export function readCallId(id: string): { readonly source: string; readonly key: string } | null {
  const [, source, plain, coded] = /^([^:]+):call(?:\.(.+)|~([A-Za-z0-9_-]+))$/s.exec(id) ?? [];
  if (source === undefined) return null;
  return { source, key: plain ?? Buffer.from(coded!, "base64url").toString() };
}
