import type { ReactNode } from "react";
import { ConnectionAnnouncer, ConnectionBanner } from "./connection-banner";
import { Header } from "./header";
import { Main } from "./main";
import { PausedPill } from "./paused-pill";

export function Shell({ children }: { children: ReactNode }) {
  return (
    <>
      <a
        href="#main"
        className="sr-only rounded-md bg-panel px-3 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
      >
        Skip to the content
      </a>
      <Header />
      <ConnectionBanner />
      <ConnectionAnnouncer />
      <Main>{children}</Main>
      <PausedPill />
    </>
  );
}
