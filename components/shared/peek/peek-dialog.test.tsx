// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createFakeLive } from "@/lib/live/live.fixture";
import { type Problem, problem } from "@/lib/model/problem";
import type { PeekedMessage } from "@/lib/model/source";
import { PeekButton, PeekProvider } from "./peek-dialog";
import { PeekForm } from "./peek-form";

const NOW = 1_790_000_000_000;
const fetched = vi.fn<(path: string) => Promise<Response>>();
beforeEach(() => {
  fetched.mockReset();
  vi.stubGlobal("fetch", fetched);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

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

function answer(body: PeekedMessage | Problem) {
  const status = "status" in body ? body.status : 200;
  fetched.mockImplementation(() => Promise.resolve(Response.json(body, { status })));
}
const asked = () => fetched.mock.calls.map(([path]) => path);
function show() {
  return render(
    <PeekProvider>
      <PeekButton target={{ streamId: "edge:ORDERS", sequence: 4711 }} />
      <PeekForm streamId="edge:ORDERS" range={{ first: 11, last: 9_000 }} />
    </PeekProvider>,
    { wrapper: createFakeLive(() => NOW).Provider },
  );
}
const opener = () => screen.getByRole("button", { name: "Look at sequence 4,711" });

test("asks for the message when it is opened and shows it without the payload", async () => {
  answer(MESSAGE);
  show();
  expect(asked()).toEqual([]);
  fireEvent.click(opener());
  const dialog = await screen.findByRole("dialog", { name: "Sequence 4,711" });
  expect(await within(dialog).findByText("orders.created")).toBeTruthy();
  expect(asked()).toEqual(["/api/v1/streams/edge%3AORDERS/messages/4711"]);
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
  answer({ ...MESSAGE, headers: [], payload: '{"n":1}', payloadNote: "The first 4 KiB of it." });
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
  [500, "It could not be read"],
] as const)("a problem %d is said in words, with the server's own sentence", async (status, title) => {
  answer(problem(status, "Sequence 4711 of ORDERS was deleted."));
  show();
  fireEvent.click(opener());
  expect(await screen.findByText(title)).toBeTruthy();
  expect(screen.getByText("Sequence 4711 of ORDERS was deleted.")).toBeTruthy();
});

test("a server that does not answer is said, too", async () => {
  fetched.mockRejectedValue(new TypeError("fetch failed"));
  show();
  fireEvent.click(opener());
  expect(await screen.findByText("No answer")).toBeTruthy();
  expect(screen.getByText(/^Streamside did not answer.* Is the page still connected\?$/)).toBeTruthy();
});

test("Escape closes it, and the focus is where it was", async () => {
  answer(MESSAGE);
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
  answer(MESSAGE);
  show();
  const look = () => fireEvent.click(screen.getByRole("button", { name: "Look" }));
  look();
  await screen.findByRole("dialog", { name: "Sequence 9,000" });
  fireEvent.click(screen.getByText("Close"));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  fireEvent.change(screen.getByLabelText("Look at sequence"), { target: { value: " 1,234 " } });
  look();
  await screen.findByRole("dialog", { name: "Sequence 1,234" });
  expect(asked()).toEqual([
    "/api/v1/streams/edge%3AORDERS/messages/9000",
    "/api/v1/streams/edge%3AORDERS/messages/1234",
  ]);
});
