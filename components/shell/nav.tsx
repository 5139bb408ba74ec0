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
  { href: "/events", name: "Changes" },
  { href: "/history", name: "History" },
] as const;

// Phones, and the line that is shared with the controls on a small screen; the narrowest phones take two lines.
const TIGHT_LIST =
  "max-[30rem]:-mx-1 max-[30rem]:flex-wrap max-[30rem]:text-xs md:max-lg:-mx-1 md:max-lg:text-xs";
const TIGHT_ITEM = "max-[30rem]:px-0.5 max-[30rem]:tracking-tighter md:max-lg:px-1";

/** The time window goes along from page to page. */
export function Nav() {
  const pathname = usePathname();
  return (
    <nav aria-label="Pages" className={cx("-mx-2 flex text-dim", TIGHT_LIST)}>
      {PAGES.map(({ href, name }) => {
        const isHere = href === "/" ? pathname === "/" : pathname.startsWith(href);
        return (
          <AppLink
            key={href}
            href={href}
            aria-current={isHere ? "page" : undefined}
            className={cx("px-2 py-1 hover:text-ink", TIGHT_ITEM, isHere && "font-medium text-ink")}
          >
            {name}
          </AppLink>
        );
      })}
    </nav>
  );
}
