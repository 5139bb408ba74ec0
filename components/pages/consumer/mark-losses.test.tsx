// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { MarkLosses } from "./mark-losses";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("says why it could not be marked, and can be asked again", async () => {
  const answers = [
    Response.json(
      { title: "Not found", status: 404, detail: "There is no such consumer now." },
      { status: 404 },
    ),
    Response.json({ messages: 900 }),
  ];
  const asked = vi.fn(() => Promise.resolve(answers.shift()));
  vi.stubGlobal("fetch", asked);
  render(<MarkLosses consumerId="prod:billing" />);
  const button = screen.getByRole("button", { name: "Mark as seen" });
  fireEvent.click(button);
  expect(button).toHaveProperty("disabled", true);
  expect((await screen.findByRole("alert")).textContent).toBe("There is no such consumer now.");
  expect(button).toHaveProperty("disabled", false);
  fireEvent.click(button);
  await vi.waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
  expect(asked).toHaveBeenCalledTimes(2);
});
