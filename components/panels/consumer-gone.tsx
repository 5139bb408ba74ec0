"use client";
import { AppLink } from "@/components/shell/app-link";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { useConnection } from "@/lib/live";
import type { Problem } from "@/lib/model/live";

const LINK = "text-ink underline underline-offset-2";

/** The consumer is not there now. The page stays subscribed. */
export function ConsumerGonePanel({ id, reason }: { id: string; reason: string }) {
  return (
    <Card>
      <h1 className="px-4 pt-4 font-semibold text-xl break-words">{id}</h1>
      <EmptyState title="This consumer is not there now">
        <p>{reason}</p>
        <p className="mt-1">
          If it was renamed or deleted, look for it among <AllConsumers />. If it is about to start, leave
          this page open: it appears by itself.
        </p>
      </EmptyState>
    </Card>
  );
}

export function ConsumerRefused({ problem }: { problem: Problem }) {
  return (
    <Card>
      <h1 className="sr-only">Consumer</h1>
      <EmptyState title={problem.title}>
        <p>{problem.detail}</p>
        <p className="mt-1">
          The address may have been cut. Look for the consumer among <AllConsumers />.
        </p>
      </EmptyState>
    </Card>
  );
}

export function ConsumerWaiting({ id }: { id: string }) {
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

function AllConsumers() {
  return (
    <AppLink href="/consumers" className={LINK}>
      all consumers
    </AppLink>
  );
}
