// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { FetchedMessage } from "@/lib/live";
import type { PeekedMessage } from "@/lib/model/source";
import { PeekButton, PeekProvider } from "./peek-dialog";
import { PeekForm } from "./peek-form";

const NOW = 1_790_000_000_000;
const fetched = vi.hoisted(() => ({ asked: [] as [string, number][], answer: null as unknown }));
vi.mock("@/lib/live", () => ({
  useNow: () => 1_790_000_000_000,
  fetchMessage: (streamId: string, sequence: number) => {
    fetched.asked.push([streamId, sequence]);
    return Promise.resolve(fetched.answer);
  },
}));
beforeEach(() => {
  fetched.asked = [];
});
afterEach(cleanup);

const MESSAGE: PeekedMessage = {
  sequence: 4711,
  subject: "orders.created",
  at: NOW - 65_000,
  headers: [
    { key: "Nats-Msg-Id", value: "a-1" },
    { key: "Trace", value: "<script>alert(1)</script>" },
    { key: "Trace", value: "2" },
  ],
  bytes: 2_048,
  payload: null,
  payloadNote: "The payload is not shown: set peekPayload to see it.",
};

function answer(next: FetchedMessage) {
  fetched.answer = next;
}
function show() {
  return render(
    <PeekProvider>
      <PeekButton target={{ streamId: "edge:ORDERS", sequence: 4711 }} />
      <PeekForm streamId="edge:ORDERS" range={{ first: 11, last: 9_000 }} />
    </PeekProvider>,
  );
}
const opener = () => screen.getByRole("button", { name: "Look at sequence 4,711" });

test("asks for the message when it is opened and shows it without the payload", async () => {
  answer({ message: MESSAGE });
  show();
  expect(fetched.asked).toEqual([]);
  fireEvent.click(opener());
  const dialog = await screen.findByRole("dialog", { name: "Sequence 4,711" });
  expect(await within(dialog).findByText("orders.created")).toBeTruthy();
  expect(fetched.asked).toEqual([["edge:ORDERS", 4711]]);
  expect(within(dialog).getByText("2.00 KiB").title).toBe("2,048 bytes");
  expect(within(dialog).getByText("· 1 m ago")).toBeTruthy();
  const rows = within(within(dialog).getByRole("table", { name: "Headers" })).getAllByRole("row");
  expect(rows.map(({ textContent }) => textContent)).toEqual([
    "HeaderValue",
    "Nats-Msg-Ida-1",
    "Trace<script>alert(1)</script>",
    "Trace2",
  ]);
  expect(dialog.querySelector("pre")).toBeNull();
  expect(within(dialog).getByText(MESSAGE.payloadNote!)).toBeTruthy();
});

test("shows a payload that is handed out as text, with what is to be said of it", async () => {
  answer({
    message: { ...MESSAGE, headers: [], payload: '{"n":1}', payloadNote: "The first 4 KiB of it." },
  });
  show();
  fireEvent.click(opener());
  expect((await screen.findByText('{"n":1}')).tagName).toBe("PRE");
  expect(screen.getByText("The first 4 KiB of it.")).toBeTruthy();
  expect(screen.getByText("It has no headers.")).toBeTruthy();
});

test.each([
  [404, "It is not there"],
  [403, "Streamside is not allowed to read it"],
  [504, "No answer in time"],
  [0, "No answer"],
  [500, "It could not be read"],
])("a problem %d is said in words, with the server's own sentence", async (status, title) => {
  answer({ problem: { status, detail: "Sequence 4711 of ORDERS was deleted." } });
  show();
  fireEvent.click(opener());
  expect(await screen.findByText(title)).toBeTruthy();
  expect(screen.getByText("Sequence 4711 of ORDERS was deleted.")).toBeTruthy();
});

test("Escape closes it, and the focus is where it was", async () => {
  answer({ message: MESSAGE });
  show();
  opener().focus();
  fireEvent.click(opener());
  const dialog = await screen.findByRole("dialog");
  await waitFor(() => expect(dialog.contains(document.activeElement)).toBe(true));
  fireEvent.keyDown(document.activeElement!, { key: "Escape" });
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await waitFor(() => expect(document.activeElement).toBe(opener()));
});

test("any sequence can be typed, with or without separators; the newest if none is", async () => {
  answer({ message: MESSAGE });
  show();
  const look = () => fireEvent.click(screen.getByRole("button", { name: "Look" }));
  look();
  await screen.findByRole("dialog", { name: "Sequence 9,000" });
  fireEvent.click(screen.getByText("Close"));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  fireEvent.change(screen.getByLabelText("Look at sequence"), { target: { value: " 1,234 " } });
  look();
  await screen.findByRole("dialog", { name: "Sequence 1,234" });
  expect(fetched.asked).toEqual([
    ["edge:ORDERS", 9_000],
    ["edge:ORDERS", 1_234],
  ]);
});
