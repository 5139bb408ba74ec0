import { exactBacklog, formatDuration } from "../format/index.ts";
import type { Reading } from "../model/reading.ts";
import type { Status } from "../model/status.ts";
import type { ConsumerView } from "../model/views.ts";
import { RATE_WINDOW_MS } from "./rate.ts";

/** What a reader of the dashboard compares: a sentence and the numbers beside it. */
export type Told = Pick<
  ConsumerView,
  | "status"
  | "because"
  | "backlog"
  | "backlogUnit"
  | "inFlight"
  | "latencyMs"
  | "kind"
  | "inPerSecond"
  | "outPerSecond"
  | "drain"
>;

/** How the sentence of each status begins; of `unknown` there are several. */
const BEGINS: Partial<Record<Status, RegExp>> = {
  ok: /^(Keeps up: |At most )/,
  idle: /^(At most .*; nothing has arrived|Nothing is waiting)/,
  behind: /^Falls behind: /,
  late: /^Late( on .+)?: /,
  stalled: /^Stalled( on .+)?: /,
  stopped: /^Nobody reads( on .+)?: /,
  losing: /^(At least )?[\d,]+ \w+ on .+ (was|were) removed before /,
  rewound: /^The position on .+ went back by /,
  blocked: /^(It cannot be given more|Held up by an open transaction)/,
  failing: /^Too many of its calls end in an error/,
  redelivering: /^The same messages were delivered again/,
  held: /^Given less than there is/,
  paused: /^Paused /,
  leaving: /^Its reader is gone/,
  left: /^None of its readers reads /,
};

/** Statuses that nobody works the backlog off in. */
const ENDLESS: readonly Status[] = ["behind", "stalled", "stopped", "blocked"];
/** Samples and rates are not taken at one instant. */
const SLACK_MS = 5_000;
/** Two paces that are told as equal differ by less, rounding included. */
const EQUAL = 0.06;

/** Test only: every way in which a row contradicts itself, in words; none for a row that does not. */
export function contradictionsIn(row: Told): string[] {
  const { because } = row;
  const found: string[] = [];
  const expect = (right: boolean, wrong: string) => {
    if (!right) found.push(wrong);
  };
  if (/NaN|undefined|null|Infinity|—| {2}/.test(because)) found.push("says what is no number");
  // Nobody knows: the numbers are the last known ones.
  if (because.startsWith("Not sampled")) return found;

  const recovering =
    /^It was ([\w-]+) until (.+?) ago and is called ([\w-]+) once that has held for ([^:]+): /.exec(because);
  if (recovering !== null) {
    expect(recovering[1] === row.status, `was ${recovering[1]}, and is shown as ${row.status}`);
    expect(msOf(recovering[2]!) <= msOf(recovering[4]!) + SLACK_MS, "has held for longer than it has to");
  } else {
    const begins = BEGINS[row.status];
    if (begins !== undefined) expect(begins.test(because), `is ${row.status}, and says something else`);
    found.push(...numbers(row), ...paces(row), ...drains(row));
  }
  found.push(...amounts(row));
  return found;
}

/** What waits, and for how long. */
function amounts({ because, backlog, backlogUnit, latencyMs, inFlight, status, kind }: Told): string[] {
  const found: string[] = [];
  const amount = /(at least |at most )?([\d,]+ (?:messages?|bytes?|writes?)) (?:still )?waiting/.exec(
    because,
  );
  const isOfLane = /^Stalled on /.test(because);
  if (amount !== null && backlog.value === null) found.push("says what waits, and shows that nobody knows");
  if (amount !== null && backlog.value !== null) {
    const shown = exactBacklog(backlog.value, backlogUnit);
    if (isOfLane ? countOf(amount[2]!) > backlog.value : amount[2] !== shown) {
      found.push(`says ${amount[2]} waiting, and shows ${shown}`);
    }
    if (!isOfLane && status !== "stalled") found.push(...bounds("backlog", amount[1], backlog));
  }
  if (/nothing is waiting/i.test(because)) {
    if (backlog.value !== 0) found.push(`says that nothing is waiting, and shows ${backlog.value}`);
    if (backlog.provenance === "atLeast" && !/where that is known/.test(because)) {
      found.push("says that nothing is waiting where a part is not known");
    }
  }
  const oldest = /the oldest for (at least |at most )?(\d[^,;.:]*(?:\.\d[^,;.:]*)?)/.exec(because);
  if (oldest !== null) {
    const shown = latencyMs.value === null ? "nothing" : formatDuration(latencyMs.value);
    if (oldest[2]!.trim() !== shown)
      found.push(`says that the oldest waits for ${oldest[2]}, and shows ${shown}`);
    found.push(...bounds("latency", oldest[1], latencyMs));
  }
  // A connection shows its round trip there, which is no age.
  if (kind !== "connection" && backlog.value === 0 && (latencyMs.value ?? 0) > 0)
    found.push("shows an age of nothing");
  if (inFlight?.value != null && backlog.value !== null && inFlight.value > backlog.value) {
    found.push(`shows ${inFlight.value} handed out of ${backlog.value}`);
  }
  return found;
}

function bounds(what: string, said: string | undefined, { provenance }: Reading): string[] {
  const right = provenance === "atLeast" ? "at least " : provenance === "atMost" ? "at most " : undefined;
  return said === right ? [] : [`says "${said ?? ""}" of a ${what} that is ${provenance}`];
}

/** Times and what they are measured by. */
function numbers({ because, backlog, status, inPerSecond, outPerSecond }: Told): string[] {
  const found: string[] = [];
  const isOfLane = / on .+: /.test(because);
  const stood = /nothing was finished for (\d[\w. ]*?(?: s| m| h))(?= \(|[,.;]| although)/.exec(because);
  const stoodMs = stood === null ? 0 : msOf(stood[1]!);
  if (stoodMs >= RATE_WINDOW_MS + SLACK_MS && !isOfLane && (outPerSecond.value ?? 0) > 0) {
    found.push(`says that nothing was finished for ${stood![1]}, and shows ${outPerSecond.value}/s`);
  }
  const usual = /it usually pauses for (.+?) at most/.exec(because);
  if (usual !== null && stoodMs <= msOf(usual[1]!)) found.push("calls a usual pause standing still");
  const limit = /the oldest had waited for (.+?) \(limit (.+?)\)/.exec(because);
  if (limit !== null && msOf(limit[1]!) < msOf(limit[2]!)) found.push("is late within its limit");
  const quiet = /nothing has arrived for (.+?)\./.exec(because);
  if (quiet !== null && msOf(quiet[1]!) >= RATE_WINDOW_MS + SLACK_MS && (inPerSecond.value ?? 0) > 0) {
    found.push(`says that nothing has arrived for ${quiet[1]}, and shows ${inPerSecond.value}/s`);
  }
  if (status === "idle" && backlog.value !== 0) found.push("is idle with something waiting");
  return found;
}

/** What arrives and what is finished, against the trend that is told. */
function paces({ because, status }: Told): string[] {
  const found: string[] = [];
  const isLevel = /neither more nor fewer/.test(because);
  const shrinks = /fewer each time/.test(because) && !isLevel;
  const grew = /grew from ([\d,]+) to ([\d,]+)/.exec(because);
  if (grew !== null && countOf(grew[2]!) <= countOf(grew[1]!)) found.push("grew to less");
  const grows = grew !== null || status === "behind";
  if (grows && (isLevel || shrinks)) found.push("grows, and does not");
  const pace = /; ([^;]+?)\/s arrive, ([^;]+?)\/s are finished/.exec(because);
  if (pace === null) return found;
  const [due, out] = [rateOf(pace[1]!), rateOf(pace[2]!)];
  if (grows && due < out) found.push("grows, and more is finished than arrives");
  if (shrinks && due > out) found.push("shrinks, and more arrives than is finished");
  if (isLevel && Math.abs(due - out) > EQUAL * Math.max(due, out)) {
    found.push("is level, and what arrives is not what is finished");
  }
  return found;
}

/** The time until the backlog is gone. */
function drains({ because, status, backlog, drain }: Told): string[] {
  const found: string[] = [];
  const waits = (backlog.value ?? 0) > 0;
  if ((drain.kind === "none") !== (backlog.value === 0))
    found.push(`drains ${drain.kind} with ${backlog.value} waiting`);
  if (waits && ENDLESS.includes(status) && drain.kind !== "never")
    found.push(`is ${status}, and drains ${drain.kind}`);
  if (status === "ok" && drain.kind === "never") found.push("is ok, and its backlog has no end in sight");
  if (drain.kind === "steady" && (status !== "ok" || /, fewer each time/.test(because))) {
    found.push("holds a steady amount in hand, and says something else");
  }
  if (drain.kind === "in") {
    if (!(drain.seconds > 0 && drain.most >= drain.seconds)) found.push("drains in no time");
    if (/neither more nor fewer/.test(because)) found.push("neither grows nor shrinks, and drains");
  }
  return found;
}

const countOf = (text: string) => Number(text.replace(/[^\d]/g, ""));

/** `312`, `4.2`, `1.20 k`, `< 0.1`. */
function rateOf(text: string): number {
  const [, number = "NaN", unit = ""] = /([\d.]+)\s?([kMGT]?)/.exec(text) ?? [];
  return Number(number) * 1_000 ** " kMGT".indexOf(unit || " ");
}

/** `312 ms`, `38.2 s`, `3 m 12 s`, `2 h 05 m`, `6 d 23 h`. */
function msOf(text: string): number {
  const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+) (ms|s|m|h|d)\b/g))
    sum += Number(number) * units[unit!]!;
  return sum;
}
