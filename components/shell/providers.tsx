"use client";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import type { ReactNode } from "react";
import { LiveProvider } from "@/lib/live";
import { ShortcutsProvider } from "./shortcuts";

export function Providers({ children }: { children: ReactNode }) {
  return (
    <NuqsAdapter>
      <LiveProvider>
        <ShortcutsProvider>{children}</ShortcutsProvider>
      </LiveProvider>
    </NuqsAdapter>
  );
}
