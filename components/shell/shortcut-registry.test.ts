// @vitest-environment jsdom
import { describe, expect, it, vi } from "vitest";
import { createShortcutRegistry } from "./shortcut-registry";

function press(key: string, target: EventTarget | null = document.body, change: object = {}) {
  return { key, target, altKey: false, ctrlKey: false, metaKey: false, defaultPrevented: false, ...change };
}
function element(html: string): Element {
  const host = document.createElement("div");
  host.innerHTML = html;
  return host.querySelector("[data-target]") ?? host.firstElementChild!;
}

describe("shortcuts", () => {
  it("runs the newest of a key, and the older one when that is gone", () => {
    const registry = createShortcutRegistry();
    const [older, newer] = [vi.fn(), vi.fn()];
    registry.register({ key: "/", title: "older", run: older });
    const remove = registry.register({ key: "/", title: "newer", run: newer });
    expect(registry.handle(press("/"))).toBe(true);
    remove();
    registry.handle(press("/"));
    expect([older.mock.calls.length, newer.mock.calls.length]).toEqual([1, 1]);
  });

  it("leaves keys to fields, dialogs and other modifiers", () => {
    const registry = createShortcutRegistry();
    const run = vi.fn();
    registry.register({ key: " ", title: "pause", run });
    for (const html of ["<input>", "<textarea></textarea>", "<select></select>"]) {
      expect(registry.handle(press(" ", element(html)))).toBe(false);
    }
    expect(registry.handle(press(" ", element("<div role=dialog><p data-target></p></div>")))).toBe(false);
    expect(registry.handle(press(" ", element("<button><i data-target></i></button>")))).toBe(false);
    expect(registry.handle(press(" ", document.body, { ctrlKey: true }))).toBe(false);
    expect(run).not.toHaveBeenCalled();
  });

  it("does nothing while turned off", () => {
    const registry = createShortcutRegistry();
    registry.register({ key: "?", title: "help", run: vi.fn() });
    registry.setEnabled(false);
    expect(registry.handle(press("?"))).toBe(false);
  });
});
