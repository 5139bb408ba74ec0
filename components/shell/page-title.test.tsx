// @vitest-environment jsdom
import { cleanup, render, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFakeLive } from "@/lib/live/live.fixture";
import type { Severity } from "@/lib/model/status";
import { PageTitle } from "./page-title";
import { tabIcon } from "./tab-state";

let live: ReturnType<typeof createFakeLive>;
const page = (status: string, severity: Severity) => (
  <live.Provider>
    <PageTitle name="billing" status={status} severity={severity} />
  </live.Provider>
);
const icon = () => document.querySelector("link[rel=icon]")!.getAttribute("href");

beforeEach(() => {
  live = createFakeLive(() => 1_790_000_000_000);
  document.head.innerHTML = '<title>prod:billing · Streamside</title><link rel="icon" href="/icon.svg">';
});
afterEach(cleanup);

test("the title is written when it changes, and not with every frame", async () => {
  const { rerender } = render(page("stalled", "critical"));
  expect(document.title).toBe("stalled · billing · Streamside");
  const changes: string[] = [];
  const observer = new MutationObserver(() => changes.push(document.title));
  observer.observe(document.head, { childList: true, subtree: true, characterData: true });
  rerender(page("stalled", "critical"));
  rerender(page("ok", "good"));
  await waitFor(() => expect(changes).toEqual(["ok · billing · Streamside"]));
  observer.disconnect();
});

test("a title that is written later by somebody else does not stay", async () => {
  render(page("stalled", "critical"));
  document.title = "prod:billing · Streamside";
  await waitFor(() => expect(document.title).toBe("stalled · billing · Streamside"));
});

test("the title of the next page stays, whether it was written before this one went or after", async () => {
  const first = render(page("stalled", "critical"));
  document.title = "Live calls · Streamside";
  await waitFor(() => expect(document.title).toBe("stalled · billing · Streamside"));
  first.rerender(page("ok", "good"));
  first.unmount();
  expect(document.title).toBe("Live calls · Streamside");
  const second = render(page("stalled", "critical"));
  document.title = "Streams · Streamside";
  second.unmount();
  expect(document.title).toBe("Streams · Streamside");
});

test("the next page has its own title, and the icon back", async () => {
  const { unmount } = render(page("stalled", "critical"));
  expect(icon()).toBe(tabIcon("critical"));
  unmount();
  expect(icon()).toBe("/icon.svg");
  document.title = "Consumers · Streamside";
  await Promise.resolve();
  expect(document.title).toBe("Consumers · Streamside");
});

test("a page that has lost its server says nothing of how things are", () => {
  render(page("ok", "good"));
  expect(document.title).toBe("ok · billing · Streamside");
  live.disconnect();
  expect(document.title).toBe("not live · billing · Streamside");
  expect(icon()).toBe(tabIcon("lost"));
});
