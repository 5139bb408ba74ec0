import type { ReactNode } from "react";
import { ConnectionAnnouncer, ConnectionBanner } from "./connection-banner";
import { Header } from "./header";
import { HistoryBanner } from "./history-banner";
import { KeptProvider } from "./kept-provider";
import { Main } from "./main";
import { TimeBar } from "./time-bar";
import { ZoomProvider } from "./zoom-provider";

export function Shell({ children }: { children: ReactNode }) {
  return (
    <KeptProvider>
      <a
        href="#main"
        className="sr-only rounded-md bg-panel px-3 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
      >
        Skip to the content
      </a>
      <Header />
      <ConnectionBanner />
      <HistoryBanner />
      <TimeBar />
      <ConnectionAnnouncer />
      <ZoomProvider>
        <Main>{children}</Main>
      </ZoomProvider>
    </KeptProvider>
  );
}
