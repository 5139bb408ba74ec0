"use client";
import { createContext, useContext } from "react";

/** Shows a part of the time that a chart spans; null: there is nothing to be shown but what is. */
export type Zoom = ((from: number, to: number) => void) | null;

/** What dragging over a chart does. */
export const ZoomContext = createContext<Zoom>(null);

export function useZoom(): Zoom {
  return useContext(ZoomContext);
}
