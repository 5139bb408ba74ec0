"use client";
import { type RefObject, useEffect, useRef } from "react";
import { type ChartTheme, onSchemeChange, readTheme } from "./chart-theme";

/** Has a canvas drawn when what is drawn changes, and when its size or the colours do; never else. */
export function useHeatCanvas(
  canvas: RefObject<HTMLCanvasElement | null>,
  draw: (canvas: HTMLCanvasElement, theme: ChartTheme) => void,
): void {
  const latest = useRef(draw);
  useEffect(() => {
    latest.current = draw;
    if (canvas.current && canvas.current.width > 0) draw(canvas.current, readTheme(canvas.current));
  }, [canvas, draw]);

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const redraw = () => latest.current(element, readTheme(element));
    const observer = new ResizeObserver(() => {
      element.width = Math.round(element.clientWidth * devicePixelRatio);
      element.height = Math.round(element.clientHeight * devicePixelRatio);
      redraw();
    });
    observer.observe(element);
    const stopWatching = onSchemeChange(redraw);
    return () => {
      stopWatching();
      observer.disconnect();
    };
  }, [canvas]);
}
