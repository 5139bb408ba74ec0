import type { SourceStatus } from "@/lib/model/source";
import { type Severity, type Status, severityOf } from "@/lib/model/status";
import { cx } from "./cx";
import { Icon, type IconName } from "./icon";

const ICONS: Readonly<Record<Status, IconName>> = {
  losing: "drain",
  stopped: "square",
  stalled: "hourglass",
  blocked: "barred",
  failing: "cross",
  rewound: "back",
  redelivering: "loop",
  behind: "triangle",
  unknown: "question",
  paused: "pause",
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
  behind: "It moves, and the backlog grew.",
  unknown: "Not enough samples to say.",
  paused: "Paused on purpose.",
  ok: "No backlog, or one that does not grow.",
  idle: "No traffic and no backlog.",
};

const SEVERITY_COLORS: Readonly<Record<Severity, string>> = {
  critical: "text-crit",
  warning: "text-warn",
  unknown: "text-dim",
  good: "text-good",
};

/** Icon, word and colour: any one of them is enough. */
export function StatusBadge({ status, title }: { status: Status; title?: string }) {
  const color = status === "idle" || status === "paused" ? "text-dim" : SEVERITY_COLORS[severityOf(status)];
  return <Badge icon={ICONS[status]} color={color} word={status} title={title ?? MEANINGS[status]} />;
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

function Badge(props: { icon: IconName; color: string; word: string; title: string }) {
  return (
    <span
      title={props.title}
      className={cx("inline-flex items-center gap-1.5 whitespace-nowrap font-medium", props.color)}
    >
      <Icon name={props.icon} />
      {props.word}
    </span>
  );
}
