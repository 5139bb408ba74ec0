import {
  ClosedConnectionError,
  connect,
  type Msg,
  type NatsConnection,
  NoRespondersError,
  PermissionViolationError,
  TimeoutError,
} from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type LocalBroker, startLocalNats } from "../../../../brokers/index.ts";
import { systemClock } from "../../../async/clock.ts";
import { ManualClock } from "../../../async/manual-clock.fixture.ts";
import { createRequests } from "./requests.ts";

/** Long beside what a request takes here. */
const LONG_MS = 20_000;

let nats: LocalBroker;
let others: NatsConnection;
/** Who asks on `silent` waits until a test answers. */
let asked: (message: Msg) => void = () => {};
const opened: NatsConnection[] = [];

beforeAll(async () => {
  nats = await startLocalNats({
    jetstream: false,
    config: `authorization { users: [
      { user: all, password: pw }
      { user: some, password: pw, permissions: { publish: { deny: "secret.>" } } }
      { user: mute, password: pw, permissions: { subscribe: { deny: "_INBOX.>" } } }
    ] }`,
  });
  others = await connect({ servers: nats.address, user: "all", pass: "pw" });
  others.subscribe("echo", { callback: (_, message) => void message.respond(message.data) });
  others.subscribe("silent", { callback: (_, message) => asked(message) });
  await others.flush();
});
afterEach(async () => {
  for (const nc of opened.splice(0)) await nc.close();
});
afterAll(async () => {
  await others.close();
  await nats.stop();
});

async function open(user: string): Promise<NatsConnection> {
  const nc = await connect({ servers: nats.address, user, pass: "pw", reconnect: false });
  opened.push(nc);
  return nc;
}

/** The next message on `silent`. */
function nextAsked(): Promise<Msg> {
  return new Promise((resolve) => {
    asked = resolve;
  });
}

it.each([undefined, "_INBOX_own"])("gives each of many requests its own answer, inbox %s", async (prefix) => {
  const requests = createRequests(await open("all"), systemClock, prefix);
  const bodies = Array.from({ length: 300 }, (_, n) => `${n}`);
  const answers = await Promise.all(bodies.map((body) => requests.send("echo", body, LONG_MS)));
  expect(answers.map((message) => message.string())).toEqual(bodies);
  expect(answers.every(({ subject }) => subject.startsWith(`${prefix ?? "_INBOX"}.`))).toBe(true);
});

it("tells at once that nobody answers", async () => {
  const requests = createRequests(await open("all"), systemClock);
  await expect(requests.send("nobody", "", LONG_MS)).rejects.toBeInstanceOf(NoRespondersError);
});

it("fails what may not be asked, and nothing else", async () => {
  const requests = createRequests(await open("some"), systemClock);
  const message = nextAsked();
  const other = requests.send("silent", "", LONG_MS);
  await message;
  await expect(requests.send("secret.a", "", LONG_MS)).rejects.toMatchObject({
    constructor: PermissionViolationError,
    operation: "publish",
    subject: "secret.a",
  });
  (await message).respond("after all");
  expect((await other).string()).toBe("after all");
});

it("fails where no answer may be heard, each time anew", async () => {
  const requests = createRequests(await open("mute"), systemClock);
  for (let n = 0; n < 2; n++) {
    await expect(requests.send("echo", "", LONG_MS)).rejects.toMatchObject({
      constructor: PermissionViolationError,
      operation: "subscription",
    });
  }
});

it("gives up when the time is over, and takes no answer that comes later for another", async () => {
  const clock = new ManualClock();
  const requests = createRequests(await open("all"), clock);
  const message = nextAsked();
  const late = requests.send("silent", "", 1_000);
  const told = expect(late).rejects.toBeInstanceOf(TimeoutError);
  await message;
  await clock.advance(1_000);
  await told;
  (await message).respond("late");
  expect((await requests.send("echo", "in time", 1_000)).string()).toBe("in time");
  expect(clock.pending).toBe(0);
});

it("fails what waits when the connection goes, and what is asked after that", async () => {
  const nc = await open("all");
  const requests = createRequests(nc, systemClock);
  const message = nextAsked();
  const told = expect(requests.send("silent", "", LONG_MS)).rejects.toBeInstanceOf(ClosedConnectionError);
  await message;
  await nc.close();
  await told;
  await expect(requests.send("echo", "", LONG_MS)).rejects.toBeInstanceOf(ClosedConnectionError);
});
