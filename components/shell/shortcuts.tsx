"use client";
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useState,
  useSyncExternalStore,
} from "react";
import { createShortcutRegistry, type ShortcutRegistry } from "./shortcut-registry";

const STORAGE_KEY = "streamside.single-keys";
const ShortcutsContext = createContext<ShortcutRegistry | null>(null);

/** Single keys for the whole page. Turned off, they stay off in this browser. */
export function ShortcutsProvider({ children }: { children: ReactNode }) {
  const [registry] = useState(() => createShortcutRegistry());
  useEffect(() => {
    registry.setEnabled(readSetting() !== "off");
    const onKeyDown = (event: KeyboardEvent) => {
      if (registry.handle(event)) event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [registry]);
  return <ShortcutsContext value={registry}>{children}</ShortcutsContext>;
}

/** A key that works while the calling component is on the screen, unless it is off, and is listed under `?` then. */
export function useShortcut(key: string, title: string, run: () => void, isOn = true): void {
  const registry = useRegistry();
  const latest = useEffectEvent(run);
  useEffect(() => {
    if (isOn) return registry.register({ key, title, run: () => latest() });
  }, [registry, key, title, isOn]);
}

export function useShortcutList() {
  const registry = useRegistry();
  return useSyncExternalStore(registry.subscribe, registry.list, registry.list);
}

export function useSingleKeys(): [boolean, (enabled: boolean) => void] {
  const registry = useRegistry();
  const enabled = useSyncExternalStore(registry.subscribe, registry.isEnabled, () => true);
  const setEnabled = (next: boolean) => {
    registry.setEnabled(next);
    writeSetting(next ? "on" : "off");
  };
  return [enabled, setEnabled];
}

function useRegistry(): ShortcutRegistry {
  const registry = useContext(ShortcutsContext);
  if (!registry) throw new Error("Shortcuts need a ShortcutsProvider above them.");
  return registry;
}

// Storage may be forbidden in a browser; the setting then lasts as long as the page.
function readSetting(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

function writeSetting(value: string): void {
  try {
    localStorage.setItem(STORAGE_KEY, value);
  } catch {}
}
