interface Shortcut {
  /** As `KeyboardEvent.key` has it: "/", " ", "?", "Escape"; of two keys one after the other both: "t z". */
  readonly key: string;
  readonly title: string;
  run(): void;
}

type KeyPress = Pick<KeyboardEvent, "key" | "altKey" | "ctrlKey" | "metaKey" | "defaultPrevented"> & {
  target: EventTarget | null;
};

/** What a key does now. The newest of the same key wins; taking it away brings the older one back. */
export interface ShortcutRegistry {
  register(shortcut: Shortcut): () => void;
  list(): readonly Shortcut[];
  isEnabled(): boolean;
  setEnabled(enabled: boolean): void;
  subscribe(listener: () => void): () => void;
  /** True when a shortcut ran. */
  handle(press: KeyPress): boolean;
}

const WRITES =
  "input:not([type=range]), textarea, select, [contenteditable], [role=textbox], [role=combobox]";
const ACTS_ON_SPACE = "button, a, summary, [role=button], [role=checkbox], [role=switch], [role=tab]";

export function createShortcutRegistry(initiallyEnabled = true): ShortcutRegistry {
  const listeners = new Set<() => void>();
  let shortcuts: readonly Shortcut[] = [];
  let enabled = initiallyEnabled;
  /** The first of two keys, until the next one. */
  let first: string | null = null;
  const changed = () => {
    for (const listener of [...listeners]) listener();
  };
  return {
    register(shortcut) {
      shortcuts = [...shortcuts, shortcut];
      changed();
      return () => {
        shortcuts = shortcuts.filter((other) => other !== shortcut);
        changed();
      };
    },
    list: () => shortcuts,
    isEnabled: () => enabled,
    setEnabled(next) {
      enabled = next;
      changed();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    handle(press) {
      if (!enabled || press.defaultPrevented || press.altKey || press.ctrlKey || press.metaKey) return false;
      const target = press.target instanceof Element ? press.target : null;
      if (target?.closest(WRITES) || target?.closest("[role=dialog]")) return false;
      if (press.key === " " && target?.closest(ACTS_ON_SPACE)) return false;
      const keys = first === null ? press.key : `${first} ${press.key}`;
      first = null;
      const shortcut =
        shortcuts.findLast(({ key }) => key === keys) ?? shortcuts.findLast(({ key }) => key === press.key);
      if (shortcut !== undefined) shortcut.run();
      else if (shortcuts.some(({ key }) => key.startsWith(`${keys} `))) first = keys;
      return shortcut !== undefined;
    },
  };
}
