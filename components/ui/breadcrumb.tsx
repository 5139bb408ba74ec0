import { Children, type ReactNode } from "react";

/** Where this is, from the outside in, in one quiet line. What is null or false takes no place. */
export function Breadcrumb({ children }: { children: ReactNode }) {
  return (
    <nav aria-label="Where this is" className="flex flex-wrap gap-x-1.5 text-dim text-xs">
      {Children.toArray(children).map((part, i) => (
        <span key={i} className="contents">
          {i > 0 && <span aria-hidden="true">·</span>}
          {part}
        </span>
      ))}
    </nav>
  );
}
