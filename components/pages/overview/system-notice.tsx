"use client";
import { AppLink } from "@/components/shell/app-link";
import { Icon } from "@/components/ui/icon";
import { formatAge } from "@/lib/format";
import { useNow } from "@/lib/live";
import type { SourceFailure } from "@/lib/model/source";
import { SYSTEM_NAMES, type System } from "@/lib/model/system";
import type { SystemState } from "./system-state";

/** Why a column is grey: what happened, what to do, and when the next try is. */
export function SystemNotice({ system, state }: { system: System; state: SystemState }) {
  const name = SYSTEM_NAMES[system];
  switch (state.kind) {
    case "lost":
    case "refused":
      return (
        <Notice
          icon={state.kind === "lost" ? "unplugged" : "speech"}
          color="text-crit"
          title={state.kind === "lost" ? `${name} cannot be reached` : `${name} answered with an error`}
        >
          <p className="break-words">{state.failure.message}</p>
          <p className="text-dim">{state.failure.hint}</p>
          <NextTry failure={state.failure} />
        </Notice>
      );
    case "absent":
      return (
        <Notice icon="dash" color="text-dim" title={`No ${name} source`}>
          <p className="text-dim">
            Add one with <code className="font-mono text-ink">kind: {system}</code> under{" "}
            <code className="font-mono text-ink">sources:</code> in streamside.yaml.
          </p>
        </Notice>
      );
    case "live":
    case "connecting":
    case "waiting":
      return null;
  }
}

function Notice(props: {
  icon: "unplugged" | "speech" | "dash";
  color: string;
  title: string;
  children: React.ReactNode;
}) {
  return (
    <div className="flex flex-col gap-1 px-2.5 py-3 text-xs md:px-4">
      <p className={`flex items-center gap-2 font-semibold text-sm ${props.color}`}>
        <Icon name={props.icon} />
        {props.title}
      </p>
      {props.children}
    </div>
  );
}

function NextTry({ failure }: { failure: SourceFailure }) {
  const now = useNow();
  const wait = failure.nextTryAt === null ? null : failure.nextTryAt - now;
  return (
    <p className="text-dim">
      {wait === null ? "No further try" : wait <= 0 ? "Trying now" : `Next try in ${formatAge(wait)}`}
      {" · "}
      {failure.attempts} failed
      {" · "}
      <AppLink href="/sources" className="text-ink underline underline-offset-2">
        Sources
      </AppLink>
    </p>
  );
}
