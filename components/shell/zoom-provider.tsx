"use client";
import type { ReactNode } from "react";
import { ZoomContext } from "@/components/charts";
import { useShortcut } from "./shortcuts";
import { useKept } from "./use-kept";
import { useMoment } from "./use-moment";
import { useTimeWindow, windowOf } from "./use-time-window";

/** Dragging over any chart chooses what all of them show; `t z` shows twice as much. */
export function ZoomProvider({ children }: { children: ReactNode }) {
  const { setAt } = useMoment();
  const { windowMs, setWindow } = useTimeWindow();
  const isOn = useKept()?.isOn === true;
  useShortcut("t z", "Zoom out", () => setWindow(windowOf(windowMs * 2)));
  const zoom = (from: number, to: number) => {
    setAt(to);
    setWindow(windowOf(to - from));
  };
  return <ZoomContext value={isOn ? zoom : null}>{children}</ZoomContext>;
}
