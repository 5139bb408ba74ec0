export function Kbd({ children }: { children: string }) {
  return (
    <kbd className="rounded border border-line px-1.25 py-px font-mono text-2xs text-dim leading-none">
      {children}
    </kbd>
  );
}
