"use client";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import type { ReactNode } from "react";
import { LiveProvider } from "@/lib/live";
import { ShortcutsProvider } from "./shortcuts";
import { useMoment } from "./use-moment";

export function Providers({ children }: { children: ReactNode }) {
  return (
    <NuqsAdapter>
      <AtMoment>
        <ShortcutsProvider>{children}</ShortcutsProvider>
      </AtMoment>
    </NuqsAdapter>
  );
}

/** Everything below is of the moment that is in the address. */
function AtMoment({ children }: { children: ReactNode }) {
  const { at } = useMoment();
  return <LiveProvider at={at}>{children}</LiveProvider>;
}
