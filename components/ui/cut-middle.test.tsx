// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { CutMiddle, halves } from "./cut-middle";

afterEach(cleanup);

it.each([
  ["payments.eu-west-1.transactions-2024 · 12", "-2024 · 12"],
  ["payments.eu-west-1.transactions-2024 · 3", "-2024 · 3"],
  ["10.20.30.40:51234 of a pool", " of a pool"],
  ["aNameWithoutAnySeparator", "eparator"],
  ["one-where-that-is-toofarback-1", "arback-1"],
  ["ends-in-two-𝒞𝒟𝒞𝒟𝒞𝒟𝒞𝒟𝒞𝒟𝒞𝒟𝒞𝒟", "𝒞𝒟𝒞𝒟𝒞𝒟𝒞𝒟"],
])("%s keeps %s", (name, end) => {
  expect(halves(name)).toEqual([name.slice(0, -end.length), end]);
});

it("leaves a short name in one piece", () => {
  expect(halves("orders-billing-1")).toEqual(["orders-billing-1", ""]);
});

it("is one name to whoever hears it or points at it, however it is drawn", () => {
  const name = "payments.eu-west-1.transactions-2024 · 12";
  render(
    <a href="/x">
      <CutMiddle text={name} />
    </a>,
  );
  const link = screen.getByRole("link", { name });
  const [spoken, ...drawn] = link.firstElementChild!.children;
  expect(spoken!.textContent).toBe(name);
  expect(drawn.map((part) => part.getAttribute("aria-hidden"))).toEqual(["true", "true"]);
  expect(drawn.map((part) => part.textContent).join("")).toBe(name);
  expect(screen.getByTitle(name)).toBeTruthy();
});
