"use client";
import type { ReactNode } from "react";
import { cx } from "@/components/ui/cx";
import { useBusy, useConnection } from "@/lib/live";

/** Without the server nothing below is live, so everything loses its colour; what is still of another moment is pale. */
export function Main({ children }: { children: ReactNode }) {
  const { status } = useConnection();
  const isBusy = useBusy();
  return (
    <main
      id="main"
      tabIndex={-1}
      aria-busy={isBusy}
      className={cx(
        "mx-auto max-w-[110rem] px-3.5 min-[2400px]:max-w-none pt-3 pb-16 outline-none md:px-6 md:pt-4",
        status === "lost" && "grayscale",
        // Only where it takes long: while one moves through time nothing flickers.
        isBusy && "opacity-60 transition-opacity delay-300 duration-0",
      )}
    >
      {children}
    </main>
  );
}
