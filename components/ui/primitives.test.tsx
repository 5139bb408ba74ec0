// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { STATUSES } from "@/lib/model/status";
import { ageTone } from "./age";
import { ReadAtProvider } from "./read-at";
import { ReadingValue } from "./reading";
import { sparkPath } from "./sparkline";
import { StatusBadge } from "./status-badge";

afterEach(cleanup);

describe("ReadingValue", () => {
  it("tells when it was read to whoever points at it, by the innermost thing that knows", () => {
    const NOON = new Date(2026, 10, 21, 12, 0, 0).getTime();
    const page = (at: number, rowAt: number | null) => (
      <ReadAtProvider at={at}>
        <ReadAtProvider at={rowAt}>
          <ReadingValue reading={{ value: 7, provenance: "measured" }} kind="count" definition="End." />
        </ReadAtProvider>
      </ReadAtProvider>
    );
    const { container, rerender } = render(page(NOON, null));
    const pointed = () => {
      fireEvent.pointerEnter(container.firstElementChild!);
      return container.firstElementChild!.getAttribute("title");
    };
    expect(pointed()).toBe("7 · measured · as of 12:00:00\nEnd.");
    rerender(page(NOON + 1_000, null));
    expect(pointed()).toBe("7 · measured · as of 12:00:01\nEnd.");
    rerender(page(NOON + 2_000, NOON - 60_000));
    expect(pointed()).toBe("7 · measured · as of 11:59:00\nEnd.");
  });

  it("never shows 0 for unknown", () => {
    const { container } = render(
      <ReadingValue reading={{ value: null, provenance: "unknown" }} kind="rate" unit="/s" />,
    );
    expect(container.textContent).toBe("—unknown");
  });

  it("marks what is not measured, and tells the exact value on hover", () => {
    const { container } = render(
      <ReadingValue
        reading={{ value: 48_210, provenance: "atLeast" }}
        kind="count"
        definition="End − committed."
      />,
    );
    expect(container.textContent).toBe("≥ 48.2 k");
    const shown = container.firstElementChild!;
    expect(shown.getAttribute("title")).toBeNull();
    fireEvent.pointerEnter(shown);
    const title = shown.getAttribute("title");
    expect(title).toMatch(/^48,210 · a lower bound/);
    expect(title).toMatch(/\nEnd − committed\.$/);
    fireEvent.pointerLeave(shown);
    expect(shown.getAttribute("title")).toBeNull();
  });
});

describe("StatusBadge", () => {
  it("has a word and a shape of its own for every status", () => {
    const shapes = STATUSES.map((status) => {
      const { container, unmount } = render(<StatusBadge status={status} />);
      expect(screen.getByText(status)).toBeTruthy();
      const shape = container.querySelector("svg")?.innerHTML;
      unmount();
      return shape;
    });
    expect(new Set(shapes).size).toBe(STATUSES.length);
  });
});

describe("ageTone", () => {
  it("is late past two intervals and stale past five, with a push's worth of grace", () => {
    expect([0, 2_400, 2_600, 5_400, 5_600].map((age) => ageTone(age, 1_000))).toEqual([
      "fresh",
      "fresh",
      "late",
      "late",
      "stale",
    ]);
  });

  it("is not late for what is sampled more often than it is told that nothing changed", () => {
    expect([1_400, 2_400, 2_600, 5_600].map((age) => ageTone(age, 250))).toEqual([
      "fresh",
      "fresh",
      "late",
      "stale",
    ]);
  });
});

describe("sparkPath", () => {
  it("leaves gaps open", () => {
    expect(sparkPath([0, 10, null, 10], 30, 10).match(/M/g)).toHaveLength(2);
    expect(sparkPath([], 30, 10)).toBe("");
  });
});
