import type { ReactNode } from "react";

/** One chart of several under each other: its name, what it shows, and how that is defined on hover. */
export function ChartPanel(props: { name: string; about: string; title: string; children: ReactNode }) {
  return (
    <div className="mb-2">
      <h3 className="truncate font-semibold" title={props.title}>
        {props.name} <small className="ml-1 font-normal text-dim text-xs">{props.about}</small>
      </h3>
      {props.children}
    </div>
  );
}
