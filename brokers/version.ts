/** Orders dotted versions: negative when `a` is older. A pre-release ("2.12.6-RC.1") is older than its release. */
export function compareVersions(a: string, b: string): number {
  const left = parse(a);
  const right = parse(b);
  for (let i = 0; i < Math.max(left.numbers.length, right.numbers.length); i++) {
    const difference = (left.numbers[i] ?? 0) - (right.numbers[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return Number(left.released) - Number(right.released);
}

function parse(text: string): { numbers: number[]; released: boolean } {
  const [core = "", preRelease] = text.trim().replace(/^v/, "").split("+")[0]?.split(/-(.*)/s) ?? [];
  return { numbers: core.split(".").map((part) => Number.parseInt(part, 10) || 0), released: !preRelease };
}
