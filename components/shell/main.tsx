"use client";
import type { ReactNode } from "react";
import { cx } from "@/components/ui/cx";
import { useConnection } from "@/lib/live";

/** Without the server nothing below is live, so everything loses its colour. */
export function Main({ children }: { children: ReactNode }) {
  const { status } = useConnection();
  return (
    <main
      id="main"
      tabIndex={-1}
      className={cx(
        "mx-auto max-w-[110rem] px-3.5 min-[2400px]:max-w-none pt-3 pb-16 outline-none md:px-6 md:pt-4",
        status === "lost" && "grayscale",
      )}
    >
      {children}
    </main>
  );
}
