"use client";
import { Dialog } from "@base-ui/react/dialog";
import { createContext, type ReactNode, useContext, useState } from "react";
import { CutMiddle } from "@/components/ui/cut-middle";
import { cx } from "@/components/ui/cx";
import { exactCount } from "@/lib/format";
import type { PeekTarget } from "@/lib/model/views";
import { PeekAnswer } from "./peek-answer";

const PeekContext = createContext<((target: PeekTarget) => void) | null>(null);

/**
 * One dialog for a whole page: what it was opened from may be gone while it is open, as lists of events move on. The
 * focus returns to where it came from.
 */
export function PeekProvider({ children }: { children: ReactNode }) {
  const [target, setTarget] = useState<PeekTarget | null>(null);
  const [isOpen, setOpen] = useState(false);
  const open = (next: PeekTarget) => {
    setTarget(next);
    setOpen(true);
  };
  return (
    <PeekContext value={open}>
      {children}
      <Dialog.Root open={isOpen} onOpenChange={setOpen}>
        <Dialog.Portal>
          <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/45" />
          <Dialog.Popup className="fixed top-[max(1rem,8vh)] left-1/2 z-50 flex max-h-[84vh] w-[min(46rem,calc(100vw-1.5rem))] -translate-x-1/2 flex-col rounded-card border border-line bg-panel shadow-xl outline-none">
            <div className="flex items-baseline gap-3 border-line border-b px-4 pt-3 pb-2.5">
              <Dialog.Title className="font-semibold">
                Sequence {target && exactCount(target.sequence)}
              </Dialog.Title>
              <Dialog.Description className="min-w-0 text-dim text-xs">
                {target && <CutMiddle text={target.streamId} />}
              </Dialog.Description>
              <Dialog.Close className="ml-auto rounded px-1.5 text-dim hover:text-ink">Close</Dialog.Close>
            </div>
            {target && <PeekAnswer key={`${target.streamId} ${target.sequence}`} target={target} />}
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </PeekContext>
  );
}

export function usePeek(): ((target: PeekTarget) => void) | null {
  return useContext(PeekContext);
}

/** Opens one message. Nothing on pages that cannot show any. */
export function PeekButton({ target, className }: { target: PeekTarget; className?: string }) {
  const peek = usePeek();
  if (peek === null) return null;
  return (
    <button
      type="button"
      onClick={() => peek(target)}
      aria-label={`Look at sequence ${exactCount(target.sequence)}`}
      className={cx(
        "whitespace-nowrap underline decoration-line underline-offset-4 hover:decoration-ink",
        className,
      )}
    >
      look at it
    </button>
  );
}
