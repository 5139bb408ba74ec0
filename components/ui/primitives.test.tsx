// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { STATUSES } from "@/lib/model/status";
import { ageTone } from "./age";
import { ReadingValue } from "./reading";
import { sparkPath } from "./sparkline";
import { StatusBadge } from "./status-badge";

afterEach(cleanup);

describe("ReadingValue", () => {
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
    const title = container.firstElementChild?.getAttribute("title");
    expect(title).toMatch(/^48,210 · a lower bound/);
    expect(title).toMatch(/\nEnd − committed\.$/);
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
});

describe("sparkPath", () => {
  it("leaves gaps open", () => {
    expect(sparkPath([0, 10, null, 10], 30, 10).match(/M/g)).toHaveLength(2);
    expect(sparkPath([], 30, 10)).toBe("");
  });
});
