import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { tabIcon, tabTitle } from "./tab-state";

test("the state comes first, and a page without one has its name", () => {
  expect(tabTitle("billing", "stalled", "critical")).toBe("stalled · billing · Streamside");
  expect(tabTitle("orders", undefined, "good")).toBe("orders · Streamside");
  expect(tabTitle("billing", "ok", "lost")).toBe("not live · billing · Streamside");
});

test("the icon is that of the site, with a dot for trouble", () => {
  const drawn = (state: Parameters<typeof tabIcon>[0]) => decodeURIComponent(tabIcon(state));
  const own = readFileSync(fileURLToPath(new URL("../../app/icon.svg", import.meta.url)), "utf8");
  expect(shapes(drawn("good"))).toEqual(shapes(own));
  expect(drawn("good")).not.toContain("<circle");
  for (const state of ["critical", "warning"] as const) expect(drawn(state)).toContain("<circle");
  expect(new Set(["good", "warning", "critical", "lost"].map((state) => drawn(state as "good"))).size).toBe(
    4,
  );
});

/** Rectangles with their attributes in one order. */
function shapes(svg: string): string[] {
  return [...svg.matchAll(/<rect ([^>]*?)\/>/g)].map(([, attributes]) =>
    attributes!.trim().split(/\s+/).sort().join(" "),
  );
}
