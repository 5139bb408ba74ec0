"use client";
import { useRef } from "react";
import { useShortcut } from "@/components/shell/shortcuts";
import { Kbd } from "@/components/ui/kbd";

/** Text to look for in names. `/` comes here, Esc leaves. */
export function FilterBox({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  useShortcut("/", label, () => input.current?.focus());
  return (
    <div className="relative max-md:min-w-36 max-md:flex-1">
      <input
        ref={input}
        type="search"
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder="Filter"
        maxLength={256}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          event.stopPropagation();
          input.current?.blur();
        }}
        className="peer h-7 w-full rounded border border-line bg-bg px-2 text-ink placeholder:text-faint md:w-56"
      />
      <span className="pointer-events-none absolute inset-y-0 right-2 flex items-center peer-focus:hidden peer-[:not(:placeholder-shown)]:hidden max-md:hidden">
        <Kbd>/</Kbd>
      </span>
    </div>
  );
}
