import type { Severity } from "@/lib/model/status";

/** What a tab can show of its page; `lost`: the page has lost the server, so nothing it says is live. */
export type TabState = Severity | "lost";

/** `stalled · billing-writer · Streamside`: the state first, as tabs are narrow. */
export function tabTitle(name: string, status: string | undefined, state: TabState): string {
  return [state === "lost" ? "not live" : status, name, "Streamside"].filter(Boolean).join(" · ");
}

/** Browsers draw their own ground under it, light or dark: colours of the dark theme on a ground of its own. */
const BADGES: Readonly<Partial<Record<TabState, string>>> = { critical: "#ff6b76", warning: "#f2b347" };
const BARS = { kafka: "#6ea3ff", nats: "#3ce0d0", grpc: "#dc62ad", lost: "#7f8b9b" };

/** The icon of the dashboard (app/icon.svg) as a data URL: with a dot for trouble, without colour when nothing is live. */
export function tabIcon(state: TabState): string {
  const bar = (system: "kafka" | "nats" | "grpc", at: string) =>
    `<rect ${at} width="5" rx="1.5" fill="${state === "lost" ? BARS.lost : BARS[system]}"/>`;
  const badge = BADGES[state];
  const svg = [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">',
    '<rect width="32" height="32" rx="7" fill="#151a21"/>',
    bar("kafka", 'x="6" y="14" height="12"'),
    bar("nats", 'x="13.5" y="6" height="20"'),
    bar("grpc", 'x="21" y="18" height="8"'),
    badge && `<circle cx="24" cy="8" r="7.5" fill="${badge}" stroke="#151a21" stroke-width="2"/>`,
    "</svg>",
  ];
  return `data:image/svg+xml,${encodeURIComponent(svg.filter(Boolean).join(""))}`;
}
