/** Where the pages of things are, by id. */
export function consumerHref(id: string): string {
  return `/consumers/${encodeURIComponent(id)}`;
}

export function streamHref(id: string): string {
  return `/streams/${encodeURIComponent(id)}`;
}

export function sourceHref(id: string): string {
  return `/sources/${encodeURIComponent(id)}`;
}

export function callHref(id: string): string {
  return `/calls/${encodeURIComponent(id)}`;
}

/** The consumers that a folded row stands for. */
export function foldedHref({
  source,
  status,
  stream,
}: {
  source: string;
  status: string;
  stream: string;
}): string {
  return `/consumers?${new URLSearchParams({ source, status, stream })}`;
}
