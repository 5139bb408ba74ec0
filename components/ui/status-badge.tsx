"use client";
import { memo } from "react";
import type { Sentence } from "@/lib/model/sentence";
import type { SourceStatus } from "@/lib/model/source";
import { type Severity, type Status, severityOf } from "@/lib/model/status";
import { cx } from "./cx";
import type { HoverTitle } from "./hover-title";
import { Icon, type IconName } from "./icon";
import { useSentenceTitle } from "./sentence";

const ICONS: Readonly<Record<Status, IconName>> = {
  losing: "drain",
  stopped: "square",
  stalled: "hourglass",
  blocked: "barred",
  failing: "cross",
  rewound: "back",
  full: "full",
  "cut-off": "unplugged",
  "not-serving": "closed",
  redelivering: "loop",
  behind: "triangle",
  late: "clock",
  degraded: "broken",
  unread: "envelope",
  "given-up": "trash",
  unknown: "question",
  held: "hand",
  paused: "pause",
  leaving: "exit",
  left: "crossed",
  ok: "check",
  idle: "dash",
};

const MEANINGS: Readonly<Record<Status, string>> = {
  losing: "Its position is below the oldest message held: messages are gone before they were read.",
  stopped: "Messages wait and nobody reads.",
  stalled: "Somebody reads, messages wait, and the position has not moved.",
  blocked: "The reader cannot be given more.",
  failing: "More of its calls end in an error of the server than should.",
  rewound: "Its position went backwards and has not regained it.",
  redelivering: "The same messages again and again.",
  full: "At its limit: it refuses messages, or is about to.",
  "cut-off": "It has not heard of its origin, or its origin is another one now.",
  "not-serving": "Its health service says that it does not serve.",
  behind: "It moves, and the backlog grows.",
  late: "It moves and the backlog does not grow, but the oldest unread message is older than its limit.",
  degraded: "Copies, leader, quorum or some of its addresses are missing.",
  unread: "It holds messages that no consumer can get.",
  "given-up": "Messages were given up and wait for somebody to clear them.",
  unknown: "Nobody can say yet.",
  held: "Given less than there is, as it is set up.",
  paused: "Paused on purpose.",
  leaving: "Its reader is gone, and it goes away by itself.",
  left: "Its readers no longer read this.",
  ok: "Nothing waits longer than it should, and the backlog does not grow.",
  idle: "No traffic and no backlog.",
};

const SEVERITY_COLORS: Readonly<Record<Severity, string>> = {
  critical: "text-crit",
  warning: "text-warn",
  unknown: "text-dim",
  good: "text-good",
};

/** Good, and nothing to be glad of either. */
const QUIET: ReadonlySet<Status> = new Set(["idle", "paused", "held", "leaving", "left"]);

/** Icon, word and colour: any one of them is enough. */
export const StatusBadge = memo(function StatusBadge({
  status,
  severity = severityOf(status),
  because,
}: {
  status: Status;
  /** Where it goes with the case: a stream near its limit is no full one yet. */
  severity?: Severity;
  /** Why it is so, on hover; absent: what the word means. */
  because?: Sentence;
}) {
  const color = QUIET.has(status) ? "text-dim" : SEVERITY_COLORS[severity];
  const badge = { icon: ICONS[status], color, word: status };
  return because === undefined ? (
    <Badge {...badge} title={MEANINGS[status]} />
  ) : (
    <ExplainedBadge {...badge} because={because} />
  );
});

function ExplainedBadge({ because, ...badge }: BadgeProps & { because: Sentence }) {
  return <Badge {...badge} onHover={useSentenceTitle(because)} />;
}

const SOURCES: Readonly<Record<SourceStatus, { icon: IconName; color: string; meaning: string }>> = {
  live: { icon: "dot", color: "text-good", meaning: "The last sample is recent." },
  late: { icon: "hourglass", color: "text-warn", meaning: "The last sample is older than two intervals." },
  waiting: { icon: "question", color: "text-dim", meaning: "Nothing sampled yet, nothing failed yet." },
  lost: { icon: "unplugged", color: "text-crit", meaning: "It cannot be reached." },
  refused: { icon: "speech", color: "text-crit", meaning: "It answered, with an error." },
};

export function SourceStatusBadge({ status, title }: { status: SourceStatus; title?: string }) {
  const { icon, color, meaning } = SOURCES[status];
  return <Badge icon={icon} color={color} word={status} title={title ?? meaning} />;
}

interface BadgeProps {
  readonly icon: IconName;
  readonly color: string;
  readonly word: string;
}

function Badge(props: BadgeProps & { readonly title?: string; readonly onHover?: HoverTitle }) {
  return (
    <span
      title={props.title}
      {...props.onHover}
      className={cx("inline-flex items-center gap-1.5 whitespace-nowrap font-medium", props.color)}
    >
      <Icon name={props.icon} />
      {props.word}
    </span>
  );
}
