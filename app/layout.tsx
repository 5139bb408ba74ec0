import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { Providers } from "@/components/shell/providers";
import { Shell } from "@/components/shell/shell";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Streamside", template: "%s · Streamside" },
  description: "Live throughput, latency and backlog of Kafka, NATS and gRPC streams, side by side.",
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#ffffff" },
    { media: "(prefers-color-scheme: dark)", color: "#151a21" },
  ],
};

// Filters and the time window are in the address: a page rendered before the request would not know them.
export const dynamic = "force-dynamic";

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <Providers>
          <Shell>{children}</Shell>
        </Providers>
      </body>
    </html>
  );
}
