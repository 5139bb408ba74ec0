"use client";
import type { ReactNode } from "react";
import { AppLink } from "@/components/shell/app-link";
import { PageTitle } from "@/components/shell/page-title";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { useConnection } from "@/lib/live";
import type { Problem } from "@/lib/model/problem";

/** What a page can be about. */
export type EntityNoun = "consumer" | "stream" | "source" | "call";

/** The thing that the page is about is not there now. The page stays subscribed. */
export function EntityGone({ noun, id, reason }: { noun: EntityNoun; id: string; reason: string }) {
  return (
    <Card>
      <PageTitle name={id} status="not there" severity="unknown" />
      <h1 className="px-4 pt-4 font-semibold text-xl break-words">{id}</h1>
      <EmptyState title={`This ${noun} is not there now`}>
        <p>{reason}</p>
        <p className="mt-1">{WHAT_TO_DO[noun]}</p>
      </EmptyState>
    </Card>
  );
}

export function EntityRefused({ noun, problem }: { noun: EntityNoun; problem: Problem }) {
  return (
    <Card>
      <h1 className="sr-only">{`${noun[0]!.toUpperCase()}${noun.slice(1)}`}</h1>
      <EmptyState title={problem.title}>
        <p>{problem.detail}</p>
        <p className="mt-1">
          The address may have been cut. Look for the {noun} among <All noun={noun} />.
        </p>
      </EmptyState>
    </Card>
  );
}

export function EntityWaiting({ id }: { id: string }) {
  const { status } = useConnection();
  return (
    <div className="min-h-[60rem]">
      <h1 className="mt-6 font-semibold text-xl break-words">{id}</h1>
      <p className="mt-2 text-dim">
        {status === "lost"
          ? "No connection to Streamside. The browser goes on trying."
          : "Waiting for the first frame …"}
      </p>
    </div>
  );
}

function All({ noun }: { noun: EntityNoun }) {
  return (
    <AppLink href={`/${noun}s`} className="text-ink underline underline-offset-2">
      all {noun}s
    </AppLink>
  );
}

const WHAT_TO_DO: Readonly<Record<EntityNoun, ReactNode>> = {
  consumer: (
    <>
      If it was renamed or deleted, look for it among <All noun="consumer" />. If it is about to start, leave
      this page open: it appears by itself.
    </>
  ),
  stream: (
    <>
      If it was renamed or deleted, look for it among <All noun="stream" />. If it is about to be created,
      leave this page open: it appears by itself.
    </>
  ),
  source: (
    <>
      See <All noun="source" />.
    </>
  ),
  call: (
    <>
      A call that has ended does not come back. Look for one like it among <All noun="call" />.
    </>
  ),
};
