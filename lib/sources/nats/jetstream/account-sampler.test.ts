import { afterEach, expect, it } from "vitest";
import { clockTelling } from "../../../async/clock-telling.fixture.ts";
import { type Loopback, listenTcp } from "../loopback.fixture.ts";
import { createAccountSampler } from "./account-sampler.ts";
import { fixture } from "./recorded.fixture.ts";

const never = new AbortController().signal;
let server: Loopback;
afterEach(() => server.close());

/** A server that refuses whoever signs in. */
const refusing = () =>
  listenTcp((socket) => {
    socket.write(`INFO ${JSON.stringify(fixture("server-info"))}\r\n`);
    socket.on("data", (data) => {
      if (data.toString().includes("CONNECT")) socket.end("-ERR 'Authorization Violation'\r\n");
    });
  });

it("tries again beside the samples, less and less often, where an account cannot be reached", async () => {
  server = await refusing();
  let now = 0;
  const sampler = createAccountSampler(
    {
      ...{ id: "test", servers: [`127.0.0.1:${server.port}`] },
      ...{ connectTimeoutMs: 2_000, requestTimeoutMs: 300 },
    },
    clockTelling(() => now),
    { name: "B", auth: { user: "b", password: "wrong" } },
  );
  const sample = () => sampler.sample([], [], 1, never);
  const refused = { state: "failed", failures: [{ scope: "source", subject: "account B", code: "AUTH" }] };
  expect(await sample()).toMatchObject(refused);
  const perTry = server.accepted; // the greeting is read on a connection of its own
  const tries = () => server.accepted / perTry;

  now = 900;
  expect(await sample()).toMatchObject(refused);
  expect(tries()).toBe(1);
  now = 1_000;
  expect(await sample()).toMatchObject(refused);
  await expect.poll(tries, { timeout: 4_000 }).toBe(2);
  // Its failure is known a moment later: then the next try is two seconds off.
  now = 2_900;
  expect(await sample()).toMatchObject(refused);
  expect(tries()).toBe(2);
  await sampler.close();
});
