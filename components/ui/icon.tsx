import type { ReactNode } from "react";
import { cx } from "./cx";

/** Drawn on a 14 × 14 field with the colour of the text. Shape alone tells them apart. */
const SHAPES = {
  square: <rect x="2" y="2" width="10" height="10" rx="2" fill="currentColor" />,
  barred: (
    <>
      <circle cx="7" cy="7" r="5.4" />
      <path d="M3.4 3.4l7.2 7.2" />
    </>
  ),
  cross: <path d="M3 3l8 8M11 3l-8 8" strokeWidth="2" />,
  triangle: <path d="M7 1.6 13 12.4H1z" strokeLinejoin="round" />,
  check: <path d="M2.5 7.5 6 11l5.8-7.6" />,
  dash: <path d="M3 7h8" />,
  pause: <path d="M4.5 2.5v9M9.5 2.5v9" strokeWidth="2.4" />,
  play: <path d="M4 2.2 11.4 7 4 11.8z" fill="currentColor" strokeLinejoin="round" />,
  question: (
    <>
      <circle cx="7" cy="7" r="5.6" strokeDasharray="2.6 1.8" />
      <path d="M7 4v3.4M7 9.4v.9" />
    </>
  ),
  hourglass: <path d="M3.5 1.8h7M3.5 12.2h7M4.4 1.8c0 3 5.2 4 5.2 10.4M9.6 1.8c0 3-5.2 4-5.2 10.4" />,
  drain: <path d="M7 1.5v7M3.8 5.6 7 8.8l3.2-3.2M1.8 12.2h2.4M5.8 12.2h2.4M9.8 12.2h2.4" />,
  back: <path d="M11.8 11.5V8.2a3 3 0 0 0-3-3H2.6M5.6 2 2.4 5.2l3.2 3.2" strokeLinejoin="round" />,
  loop: <path d="M11.6 4.6A5.2 5.2 0 1 0 12.2 8M11.9 1.6v3.2H8.7" strokeLinejoin="round" />,
  unplugged: (
    <path d="M1 13l2.6-2.6M5 5.4 8.6 9a3.2 3.2 0 0 1-5 .4 3.2 3.2 0 0 1 1.4-4zM10.4 3.6 13 1M7.6 4.2l2.2 2.2" />
  ),
  speech: <path d="M1.8 2.2h10.4v7H7L3.8 12V9.2h-2zM7 3.9v2.4M7 7.3v.6" strokeLinejoin="round" />,
  full: (
    <>
      <path d="M2 3v9h10V3" />
      <path d="M4.6 9.6h4.8M4.6 7h4.8M4.6 4.4h4.8" />
    </>
  ),
  closed: (
    <>
      <rect x="2.4" y="6" width="9.2" height="6.4" rx="1.4" />
      <path d="M4.4 6V4.2a2.6 2.6 0 0 1 5.2 0V6" />
    </>
  ),
  clock: (
    <>
      <circle cx="7" cy="7" r="5.4" />
      <path d="M7 3.8V7l2.4 1.6" />
    </>
  ),
  broken: <path d="M2 12.2V5.4L5 8l2-2.6L9 8l3-2.6v6.8zM2 2.4h10" strokeLinejoin="round" />,
  envelope: <path d="M1.6 3.2h10.8v7.6H1.6zM1.6 3.6 7 7.8l5.4-4.2" strokeLinejoin="round" />,
  trash: <path d="M2 3.6h10M5.2 3.4V1.8h3.6v1.6M3.2 3.8l.8 8.4h6l.8-8.4" strokeLinejoin="round" />,
  hand: <path d="M2 7h3.4M8.6 7H12M5.4 3.4v7.2M8.6 3.4v7.2" />,
  exit: <path d="M6.4 2H2.4v10h4M5.6 7h6.6M9.4 4.2 12.2 7l-2.8 2.8" strokeLinejoin="round" />,
  crossed: <path d="M2 7h10M9 2 5 12" />,
  dot: <circle cx="7" cy="7" r="3.4" fill="currentColor" />,
  up: <path d="M7 12V2.4M3 6.2l4-4 4 4" strokeLinejoin="round" />,
  down: <path d="M7 2v9.6M3 7.8l4 4 4-4" strokeLinejoin="round" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof SHAPES;

/** Always beside a word, so hidden from screen readers. */
export function Icon({ name, className }: { name: IconName; className?: string }) {
  return (
    <svg
      viewBox="0 0 14 14"
      className={cx("size-[1em] shrink-0", className)}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      aria-hidden="true"
      focusable="false"
    >
      {SHAPES[name]}
    </svg>
  );
}
