"use client";
import Link from "next/link";
import type { ComponentProps } from "react";
import { useTimeWindow, withWindow } from "./use-time-window";

type AppLinkProps = Omit<ComponentProps<typeof Link>, "href"> & { href: string };

/** A link to another page of the dashboard: the time window goes along. */
export function AppLink({ href, ...props }: AppLinkProps) {
  const { window } = useTimeWindow();
  return <Link {...props} href={withWindow(href, window)} />;
}
