"use client";
import { createContext, useContext } from "react";
import type { Kept } from "@/lib/model/kept";

export const KeptContext = createContext<Kept | null>(null);

/** What is kept of the past; null: not known yet. */
export function useKept(): Kept | null {
  return useContext(KeptContext);
}
