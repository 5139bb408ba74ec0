import { AppLink } from "./app-link";
import { LiveControl } from "./live-control";
import { Nav } from "./nav";
import { ShortcutsDialog } from "./shortcuts-dialog";
import { WindowControl } from "./window-control";

/** On a phone the pages get a line of their own under the controls. */
export function Header() {
  return (
    <header className="flex flex-wrap items-center gap-x-6 md:max-lg:gap-x-3 border-line border-b bg-panel px-3.5 md:h-13 md:flex-nowrap md:px-6">
      <AppLink href="/" className="flex h-13 items-center gap-2.5 font-semibold tracking-tight">
        <Mark />
        Streamside
      </AppLink>
      <div className="order-last -mt-1.5 basis-full pb-2 md:order-none md:mt-0 md:basis-auto md:pb-0">
        <Nav />
      </div>
      <div className="ml-auto flex items-center gap-2">
        <LiveControl />
        <WindowControl />
        <ShortcutsDialog />
      </div>
    </header>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 16 16" className="size-4" aria-hidden="true">
      <rect x="0" y="7" width="4" height="9" rx="1" fill="var(--kafka)" />
      <rect x="6" y="0" width="4" height="16" rx="1" fill="var(--nats)" />
      <rect x="12" y="10" width="4" height="6" rx="1" fill="var(--grpc)" />
    </svg>
  );
}
