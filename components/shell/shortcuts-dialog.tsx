"use client";
import { Dialog } from "@base-ui/react/dialog";
import { useState } from "react";
import { Kbd } from "@/components/ui/kbd";
import { useShortcut, useShortcutList, useSingleKeys } from "./shortcuts";

const KEY_NAMES: Readonly<Record<string, string>> = {
  " ": "Space",
  Escape: "Esc",
  ArrowLeft: "←",
  ArrowRight: "→",
};

/** Two keys one after the other have a space between them; a space alone is one. */
function keysOf(keys: string): string[] {
  return keys === " " ? [keys] : keys.split(" ");
}

/** What the keys do on this page, and the switch that turns single keys off. */
export function ShortcutsDialog() {
  const [open, setOpen] = useState(false);
  const [enabled, setEnabled] = useSingleKeys();
  const shortcuts = useShortcutList();
  useShortcut("?", "Show this list", () => setOpen(true));
  const shown = shortcuts.filter((one, i) => shortcuts.findIndex((other) => other.key === one.key) === i);

  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger
        className="hidden h-7.5 items-center rounded-md border border-line px-2.5 text-dim hover:bg-hover hover:text-ink md:inline-flex"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
      >
        ?
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/45" />
        <Dialog.Popup className="fixed top-24 left-1/2 z-50 w-[min(26rem,calc(100vw-2rem))] -translate-x-1/2 rounded-card border border-line bg-panel p-4 shadow-xl outline-none">
          <div className="flex items-baseline justify-between">
            <Dialog.Title className="font-semibold">Keyboard</Dialog.Title>
            <Dialog.Close className="rounded px-1.5 text-dim hover:text-ink">Close</Dialog.Close>
          </div>
          <dl className="my-3 grid grid-cols-[5rem_1fr] items-center gap-y-2">
            {shown.map((shortcut) => (
              <div key={shortcut.key} className="contents">
                <dt className="flex gap-1">
                  {keysOf(shortcut.key).map((key) => (
                    <Kbd key={key}>{KEY_NAMES[key] ?? key}</Kbd>
                  ))}
                </dt>
                <dd className={enabled ? undefined : "text-faint"}>{shortcut.title}</dd>
              </div>
            ))}
          </dl>
          <label className="flex cursor-pointer items-center gap-2 border-line border-t pt-3 text-dim">
            <input type="checkbox" checked={enabled} onChange={(event) => setEnabled(event.target.checked)} />
            Single keys work
          </label>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
