/** `broker 2`, `brokers 1, 3`; `no broker` where nobody leads. */
export function brokersText(nodes: Iterable<number>): string {
  const numbers = [...nodes].filter((node) => node >= 0).sort((a, b) => a - b);
  if (numbers.length === 0) return "no broker";
  return `broker${numbers.length === 1 ? "" : "s"} ${numbers.join(", ")}`;
}
