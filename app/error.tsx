"use client";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";

export default function ErrorPage({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <Card>
      <EmptyState titleAs="h1" title="This page could not be drawn" code={error.message}>
        <p>A defect of Streamside: collecting goes on, and the other pages work.</p>
        <button type="button" onClick={reset} className="mt-2 text-ink underline underline-offset-2">
          Try again
        </button>
      </EmptyState>
    </Card>
  );
}
