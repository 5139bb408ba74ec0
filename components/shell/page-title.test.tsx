// @vitest-environment jsdom
import { cleanup, render, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PageTitle } from "./page-title";
import { tabIcon } from "./tab-state";

const connection = vi.hoisted(() => ({ status: "live" }));
vi.mock("@/lib/live", () => ({ useConnection: () => ({ status: connection.status, since: 0 }) }));

const icon = () => document.querySelector("link[rel=icon]")!.getAttribute("href");

beforeEach(() => {
  connection.status = "live";
  document.head.innerHTML = '<title>prod:billing · Streamside</title><link rel="icon" href="/icon.svg">';
});
afterEach(cleanup);

test("the title is written when it changes, and not with every frame", async () => {
  const { rerender } = render(<PageTitle name="billing" status="stalled" severity="critical" />);
  expect(document.title).toBe("stalled · billing · Streamside");
  const changes: string[] = [];
  const observer = new MutationObserver(() => changes.push(document.title));
  observer.observe(document.head, { childList: true, subtree: true, characterData: true });
  rerender(<PageTitle name="billing" status="stalled" severity="critical" />);
  rerender(<PageTitle name="billing" status="ok" severity="good" />);
  await waitFor(() => expect(changes).toEqual(["ok · billing · Streamside"]));
  observer.disconnect();
});

test("a title that is written later by somebody else does not stay", async () => {
  render(<PageTitle name="billing" status="stalled" severity="critical" />);
  document.title = "prod:billing · Streamside";
  await waitFor(() => expect(document.title).toBe("stalled · billing · Streamside"));
});

test("the title of the next page stays, whether it was written before this one went or after", async () => {
  const first = render(<PageTitle name="billing" status="stalled" severity="critical" />);
  document.title = "Live calls · Streamside";
  await waitFor(() => expect(document.title).toBe("stalled · billing · Streamside"));
  first.rerender(<PageTitle name="billing" status="ok" severity="good" />);
  first.unmount();
  expect(document.title).toBe("Live calls · Streamside");
  const second = render(<PageTitle name="billing" status="stalled" severity="critical" />);
  document.title = "Streams · Streamside";
  second.unmount();
  expect(document.title).toBe("Streams · Streamside");
});

test("the next page has its own title, and the icon back", async () => {
  const { unmount } = render(<PageTitle name="billing" status="stalled" severity="critical" />);
  expect(icon()).toBe(tabIcon("critical"));
  unmount();
  expect(icon()).toBe("/icon.svg");
  document.title = "Consumers · Streamside";
  await Promise.resolve();
  expect(document.title).toBe("Consumers · Streamside");
});

test("a page that has lost its server says nothing of how things are", () => {
  const { rerender } = render(<PageTitle name="billing" status="ok" severity="good" />);
  connection.status = "lost";
  rerender(<PageTitle name="billing" status="ok" severity="good" />);
  expect(document.title).toBe("not live · billing · Streamside");
  expect(icon()).toBe(tabIcon("lost"));
});
