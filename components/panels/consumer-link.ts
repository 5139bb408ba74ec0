export function consumerHref(id: string): string {
  return `/consumers/${encodeURIComponent(id)}`;
}
