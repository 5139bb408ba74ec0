"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { cx } from "@/components/ui/cx";
import { DEFAULT_TIME_WINDOW, useTimeWindow } from "./use-time-window";

const PAGES = [
  { href: "/", name: "Overview" },
  { href: "/consumers", name: "Consumers" },
  { href: "/streams", name: "Streams" },
  { href: "/sources", name: "Sources" },
] as const;

/** The time window goes along from page to page. */
export function Nav() {
  const pathname = usePathname();
  const { window } = useTimeWindow();
  const query = window === DEFAULT_TIME_WINDOW ? "" : `?window=${window}`;
  return (
    <nav aria-label="Pages" className="-mx-2 flex text-dim">
      {PAGES.map(({ href, name }) => {
        const isHere = href === "/" ? pathname === "/" : pathname.startsWith(href);
        return (
          <Link
            key={href}
            href={`${href}${query}`}
            aria-current={isHere ? "page" : undefined}
            className={cx("px-2 py-1 hover:text-ink", isHere && "font-medium text-ink")}
          >
            {name}
          </Link>
        );
      })}
    </nav>
  );
}
