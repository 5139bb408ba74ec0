import type { Severity } from "@/lib/model/status";

/** The left edge of a row by severity, so that trouble is seen before it is read. */
export const STRIPES: Readonly<Record<Severity, string>> = {
  critical: "before:bg-crit",
  warning: "before:bg-warn",
  unknown: "before:bg-transparent",
  good: "before:bg-transparent",
};
export const STRIPE = "before:absolute before:inset-y-0 before:left-0 before:w-[3px]";
