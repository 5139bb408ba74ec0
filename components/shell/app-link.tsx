"use client";
import Link from "next/link";
import type { ComponentProps } from "react";
import type { EpochMs } from "@/lib/model/reading";
import { useMoment } from "./use-moment";
import { useTimeWindow, withTime } from "./use-time-window";

type AppLinkProps = Omit<ComponentProps<typeof Link>, "href"> & {
  href: string;
  /** The moment of the page it leads to; absent: the one of this page. */
  at?: EpochMs;
};

/** A link to another page of the dashboard: the time window and the moment go along. */
export function AppLink({ href, at, ...props }: AppLinkProps) {
  const { window } = useTimeWindow();
  const { at: here } = useMoment();
  return <Link {...props} href={withTime(href, window, at ?? here)} />;
}
