import { afterEach, expect, it, vi } from "vitest";
import { fetchMessage } from "./fetch-message.ts";

const MESSAGE = {
  sequence: 7,
  subject: "orders.created",
  at: 1,
  headers: [{ key: "a", value: "b" }],
  bytes: 3,
  payload: null,
  payloadNote: "Not shown.",
};
const staying = new AbortController().signal;

function answer(respond: (path: string, signal: AbortSignal) => Promise<Response>) {
  vi.stubGlobal("fetch", (path: string, { signal }: { signal: AbortSignal }) => respond(path, signal));
}
const json = (body: unknown, status = 200) => Promise.resolve(Response.json(body, { status }));

afterEach(() => {
  vi.unstubAllGlobals();
});

it("asks for one message of a stream with any name", async () => {
  const asked: string[] = [];
  answer((path) => {
    asked.push(path);
    return json(MESSAGE);
  });
  expect(await fetchMessage("edge:a/b?c", 7, staying)).toEqual({ message: MESSAGE });
  expect(asked).toEqual(["/api/v1/streams/edge%3Aa%2Fb%3Fc/messages/7"]);
});

it("hands on what the server says of why there is none", async () => {
  answer(() =>
    json({ type: "about:blank", title: "Not found", status: 404, detail: "It was deleted." }, 404),
  );
  expect(await fetchMessage("edge:t", 7, staying)).toEqual({
    problem: { title: "Not found", status: 404, detail: "It was deleted." },
  });
});

it.each<[string, () => Promise<Response>]>([
  ["no server", () => Promise.reject(new TypeError("failed to fetch"))],
  ["a page of something in between", () => Promise.resolve(new Response("<html>", { status: 502 }))],
  ["something else", () => json({ hello: 1 })],
])("says in words that nothing was answered: %s", async (_, respond) => {
  answer(respond);
  expect(await fetchMessage("edge:t", 7, staying)).toMatchObject({
    problem: { status: 0, detail: expect.stringContaining("did not answer") },
  });
});

it("rejects where nobody waits for it any more", async () => {
  const leaving = new AbortController();
  answer(
    (_path, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
  );
  const answered = fetchMessage("edge:t", 7, leaving.signal);
  leaving.abort();
  await expect(answered).rejects.toThrow(/abort/i);
});
