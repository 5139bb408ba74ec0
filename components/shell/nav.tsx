"use client";
import { usePathname } from "next/navigation";
import { cx } from "@/components/ui/cx";
import { AppLink } from "./app-link";

const PAGES = [
  { href: "/", name: "Overview" },
  { href: "/consumers", name: "Consumers" },
  { href: "/streams", name: "Streams" },
  { href: "/calls", name: "Calls" },
  { href: "/sources", name: "Sources" },
] as const;

/** The time window goes along from page to page. */
export function Nav() {
  const pathname = usePathname();
  return (
    <nav aria-label="Pages" className="-mx-2 flex flex-wrap text-dim max-[24rem]:-mx-1.5 max-[24rem]:text-xs">
      {PAGES.map(({ href, name }) => {
        const isHere = href === "/" ? pathname === "/" : pathname.startsWith(href);
        return (
          <AppLink
            key={href}
            href={href}
            aria-current={isHere ? "page" : undefined}
            className={cx("px-2 py-1 hover:text-ink max-[24rem]:px-1.5", isHere && "font-medium text-ink")}
          >
            {name}
          </AppLink>
        );
      })}
    </nav>
  );
}
