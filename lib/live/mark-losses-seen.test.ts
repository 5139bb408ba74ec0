import { afterEach, expect, it, vi } from "vitest";
import { markLossesSeen } from "./mark-losses-seen.ts";

const staying = new AbortController().signal;
const asked: [string, string | undefined][] = [];

function answer(body: unknown, status = 200) {
  vi.stubGlobal("fetch", (path: string, { method }: RequestInit) => {
    asked.push([path, method]);
    return Promise.resolve(Response.json(body, { status }));
  });
}
afterEach(() => {
  vi.unstubAllGlobals();
  asked.length = 0;
});

it("asks to change one consumer with any name", async () => {
  answer({ messages: 900 });
  expect(await markLossesSeen("edge:a/b?c", staying)).toEqual({ messages: 900 });
  expect(asked).toEqual([["/api/v1/consumers/edge%3Aa%2Fb%3Fc/losses/seen", "POST"]]);
});

it("hands on why it was not done", async () => {
  answer({ type: "about:blank", title: "Not found", status: 404, detail: "It is gone." }, 404);
  expect(await markLossesSeen("edge:c", staying)).toMatchObject({ problem: { detail: "It is gone." } });
});
