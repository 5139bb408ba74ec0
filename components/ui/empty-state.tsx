import type { ReactNode } from "react";

/** Says what is not there and why, and what to do about it. */
export function EmptyState({
  title,
  titleAs: Title = "p",
  children,
  code,
}: {
  title: string;
  /** A heading, where this is the whole page. */
  titleAs?: "p" | "h1";
  children?: ReactNode;
  /** Lines to type or to add to a file. */
  code?: string;
}) {
  return (
    <div className="flex flex-col items-start gap-1.5 px-4 py-8">
      <Title className="font-medium">{title}</Title>
      {children && <div className="max-w-prose text-dim">{children}</div>}
      {code && (
        <pre className="mt-2 overflow-x-auto rounded border border-line bg-bg px-3 py-2 font-mono text-dim text-xs">
          {code}
        </pre>
      )}
    </div>
  );
}
