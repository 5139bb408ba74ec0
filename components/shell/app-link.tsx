"use client";
import Link from "next/link";
import type { ComponentProps } from "react";
import { useMoment } from "./use-moment";
import { useTimeWindow, withTime } from "./use-time-window";

type AppLinkProps = Omit<ComponentProps<typeof Link>, "href"> & { href: string };

/** A link to another page of the dashboard: the time window and the moment go along. */
export function AppLink({ href, ...props }: AppLinkProps) {
  const { window } = useTimeWindow();
  const { at } = useMoment();
  return <Link {...props} href={withTime(href, window, at)} />;
}
