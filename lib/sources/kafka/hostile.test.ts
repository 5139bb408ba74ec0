import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Sample } from "../../sample/sample.ts";
import { listGroupsAnswer, listOffsetsAnswer, offsetFetchAnswer } from "./answers.fixture.ts";
import { type FakeAnswers, type FakeBroker, frameOf } from "./fake-broker.fixture.ts";
import {
  type FakeWatch,
  HEAD,
  heads,
  POSITION,
  positions,
  startFakeCluster,
  watchFakeCluster,
} from "./fake-cluster.fixture.ts";
import { recorded } from "./wire/fixtures/recorded.ts";

const none = Number.NaN;
const KEYS = { metadata: 3, listGroups: 16, offsetFetch: 9, listOffsets: 2 } as const;
type Kind = keyof typeof KEYS;
const KINDS = Object.keys(KEYS) as Kind[];
/** What is asked in every sample. */
const EVERY_TIME: readonly Kind[] = ["listGroups", "offsetFetch", "listOffsets"];

let brokers: FakeBroker[];
let liar: FakeAnswers;
let honest: FakeAnswers;
let watch: FakeWatch;
const crashes: unknown[] = [];
const onCrash = (error: unknown) => void crashes.push(error);

beforeAll(async () => {
  process.on("unhandledRejection", onCrash).on("uncaughtException", onCrash);
  brokers = await startFakeCluster(2);
  liar = brokers[1]!.answers;
  honest = { ...liar };
  watch = watchFakeCluster(brokers);
  expect(positions(await watch.sample())).toEqual([POSITION(0), POSITION(1)]);
});

/** Whatever it was told, it is right again as soon as it is told the truth. */
afterEach(async () => {
  await expectTrustAgain();
  expect(crashes).toEqual([]);
});

afterAll(async () => {
  await watch.collector.close();
  for (const broker of brokers) await broker.stop();
  process.off("unhandledRejection", onCrash).off("uncaughtException", onCrash);
});

function tellTheTruth(): void {
  delete liar.raw;
  delete liar.frame;
  Object.assign(liar, honest);
}

async function expectTrustAgain(): Promise<void> {
  tellTheTruth();
  for (let i = 0; i < 10; i++) {
    const observation = await watch.sample();
    if (observation.failures.length > 0 || observation.layout.consumers.length > 2) continue;
    expect(positions(observation)).toEqual([POSITION(0), POSITION(1)]);
    expect(heads(observation)).toEqual([HEAD(0), HEAD(1)]);
    return;
  }
  expect.unreachable("it does not come back");
}

/** The honest broker's numbers are there, and of the liar's those that it had told before it lied. */
function expectOnlyItsOwnLost(observation: Sample, lied: Kind): void {
  expect(positions(observation)).toEqual([POSITION(0), lied === "listOffsets" ? POSITION(1) : none]);
  expect(heads(observation)).toEqual([HEAD(0), none]);
  expect(observation.failures).toMatchObject([{ subject: "broker 2" }]);
}

/** The answer of one kind is cut to `length` bytes of its frame, or of its body inside a whole frame. */
async function sampleCut(kind: Kind, length: number, how: "drop" | "short frame"): Promise<Sample | null> {
  let cut = false;
  liar.raw = (request, socket) => {
    if (request.key !== KEYS[kind]) return false;
    const bytes = how === "drop" ? frameOf(request) : request.body;
    if (length >= bytes.length) return false;
    cut = true;
    const part = bytes.subarray(0, length);
    if (how === "drop") socket.end(part);
    else socket.write(frameOf({ ...request, body: part }));
    return true;
  };
  const observation = await watch.sample();
  return cut ? observation : null;
}

describe("a broker that", () => {
  it.each(EVERY_TIME)("hangs up at any byte of %s loses only its own", async (kind) => {
    for (let length = 0; ; length++) {
      const observation = await sampleCut(kind, length, "drop");
      if (!observation) break;
      expectOnlyItsOwnLost(observation, kind);
      await expectTrustAgain();
    }
  });

  it.each(EVERY_TIME)("cuts %s short at any length is not half believed", async (kind) => {
    for (let length = 0; ; length++) {
      const observation = await sampleCut(kind, length, "short frame");
      if (!observation) break;
      expectOnlyItsOwnLost(observation, kind);
      expect(observation.failures[0]!.code).toBe("PROTOCOL");
      await expectTrustAgain();
    }
  });

  it("gives one answer where another was asked for is not believed", async () => {
    for (const asked of EVERY_TIME) {
      for (const given of KINDS) {
        if (given === asked) continue;
        liar[asked] = honest[given];
        expectOnlyItsOwnLost(await watch.sample(), asked);
        await expectTrustAgain();
      }
    }
  });

  it.each([
    ["before the answer", (whole: Buffer, extra: Buffer) => [extra, whole]],
    ["after it", (whole: Buffer, extra: Buffer) => [whole, extra]],
  ])("answers what nobody asked, %s, is left and tried again", async (_when, order) => {
    for (const kind of EVERY_TIME) {
      liar.raw = (request, socket) => {
        if (request.key !== KEYS[kind]) return false;
        const extra = frameOf({ ...request, correlation: 0x7fff_0000, body: Buffer.alloc(100) });
        socket.write(Buffer.concat(order(frameOf(request), extra)));
        return true;
      };
      const observation = await watch.sample();
      for (const value of [...positions(observation), ...heads(observation)]) {
        expect(Number.isNaN(value) || [POSITION(0), POSITION(1), HEAD(0), HEAD(1)].includes(value)).toBe(
          true,
        );
      }
      expect([positions(observation)[0], heads(observation)[0]]).toEqual([POSITION(0), HEAD(0)]);
      await expectTrustAgain();
    }
  });

  it("answers twice is left and tried again", async () => {
    liar.raw = (request, socket) => {
      if (request.key !== KEYS.listOffsets) return false;
      socket.write(Buffer.concat([frameOf(request), frameOf(request)]));
      return true;
    };
    for (let i = 0; i < 4; i++) expect(positions(await watch.sample())[0]).toBe(POSITION(0));
  });

  it("speaks of groups and partitions that another was asked for is not heard", async () => {
    liar.offsetFetch = () => offsetFetchAnswer([{ group: "group-0", topics: [["orders", [[0, 7]]]] }]);
    expect(positions(await watch.sample())).toEqual([POSITION(0), POSITION(1)]);
    await expectTrustAgain();

    liar.listOffsets = () => listOffsetsAnswer([["orders", [[0, 7]]]]);
    expect(heads(await watch.sample())).toEqual([HEAD(0), none]);
    await expectTrustAgain();

    // Nor where its answer is the first to name a group in this place.
    liar.offsetFetch = () => offsetFetchAnswer([{ group: "group-0", topics: [["orders", [[1, 7]]]] }]);
    const { layout, positions: told } = await watch.sample();
    expect([...layout.positions.lane]).toEqual([0, 1]);
    expect([...told.position]).toEqual([POSITION(0), POSITION(1)]);
  });

  it("sends errors that nobody knows costs what they are about", async () => {
    liar.listOffsets = () => listOffsetsAnswer([["orders", [[1, 5, 31_999]]]]);
    const lane = await watch.sample();
    expect([positions(lane), heads(lane)]).toEqual([
      [POSITION(0), POSITION(1)],
      [HEAD(0), none],
    ]);
    expect(lane.failures).toMatchObject([{ scope: "lane", subject: "orders/1", code: "ANSWERED_ERROR" }]);
    await expectTrustAgain();

    liar.offsetFetch = () =>
      offsetFetchAnswer([{ group: "group-1", topics: [["orders", [[1, 5]]]], error: -77 }]);
    const group = await watch.sample();
    expect([positions(group), heads(group)]).toEqual([
      [POSITION(0), none],
      [HEAD(0), HEAD(1)],
    ]);
    expect(group.failures).toMatchObject([{ scope: "consumer", subject: "group-1", code: "ANSWERED_ERROR" }]);
    await expectTrustAgain();

    const long = "x".repeat(32_000);
    liar.listGroups = () => listGroupsAnswer([{ id: long, state: "Empty", type: "classic" }]);
    liar.offsetFetch = () => offsetFetchAnswer([{ group: long, topics: [], error: 16 }]);
    const { failures } = await watch.sample();
    expect(failures.map(({ subject }) => subject.slice(0, 7))).toEqual(expect.arrayContaining(["xxxxxxx"]));
    expect(JSON.stringify(failures).length).toBeLessThan(2000);
    await expectTrustAgain();

    liar.listGroups = () => listGroupsAnswer([], 31_999);
    const list = await watch.sample();
    expect(positions(list)).toEqual([POSITION(0), POSITION(1)]);
    expect(list.consumers.readers[1]).toBeNaN();
    expect(list.failures).toMatchObject([{ subject: "broker 2", code: "ANSWERED_ERROR" }]);
  });
});

/** One to three changes to an answer, as bytes rot or programs err. */
const mutation = fc.array(
  fc.record({
    how: fc.constantFrom("set", "flip", "cut", "insert", "repeat", "huge"),
    at: fc.nat(),
    byte: fc.nat(255),
    length: fc.integer({ min: 1, max: 12 }),
  }),
  { minLength: 1, maxLength: 3 },
);

function mutate(bytes: Buffer, changes: typeof mutation extends fc.Arbitrary<infer T> ? T : never): Buffer {
  let changed = Buffer.from(bytes);
  for (const { how, at, byte, length } of changes) {
    const start = changed.length === 0 ? 0 : at % changed.length;
    const [before, rest] = [changed.subarray(0, start), changed.subarray(start)];
    if (how === "set") changed[start] = byte;
    else if (how === "flip") changed[start]! ^= 1 << (byte % 8);
    else if (how === "cut") changed = Buffer.concat([before, rest.subarray(length)]);
    else if (how === "insert") changed = Buffer.concat([before, Buffer.alloc(length, byte), rest]);
    else if (how === "repeat") changed = Buffer.concat([before, rest.subarray(0, length), rest]);
    else changed = Buffer.concat([before, Buffer.from("fffffffff0", "hex"), rest]);
  }
  return changed;
}

/** Every 64-bit number that begins at any byte, as doubles. */
function numbersIn(bytes: Buffer): Set<number> {
  const numbers = new Set<number>();
  for (let at = 0; at + 8 <= bytes.length; at++) numbers.add(Number(bytes.readBigInt64BE(at)));
  return numbers;
}

describe("answers with changed bytes", () => {
  const bodies: Record<Kind, readonly Buffer[]> = {
    metadata: [],
    listGroups: [listGroupsAnswer([{ id: "group-1", state: "Empty", type: "classic" }]), recorded.listGroups],
    offsetFetch: [
      offsetFetchAnswer([{ group: "group-1", topics: [["orders", [[1, POSITION(1)]]]] }]),
      recorded.offsetFetch,
    ],
    listOffsets: [listOffsetsAnswer([["orders", [[1, HEAD(1)]]]]), recorded.listOffsets],
  };

  it("never crash it, touch another broker's numbers, or make up one", { timeout: 60_000 }, async () => {
    const told = new Set([POSITION(0), POSITION(1), HEAD(0), HEAD(1)]);
    const heapBefore = process.memoryUsage().rss;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...EVERY_TIME), fc.nat(1), mutation, async (kind, which, changes) => {
        const bytes = mutate(bodies[kind][which]!, changes);
        liar[kind] = () => bytes;
        const observation = await watch.sample();
        tellTheTruth();
        const inBytes = numbersIn(bytes);
        const { layout } = observation;
        expect(heads(observation)[0]).toBe(HEAD(0));
        for (const value of [...positions(observation), ...heads(observation)]) {
          if (!Number.isNaN(value)) expect(value >= 0 && (told.has(value) || inBytes.has(value))).toBe(true);
        }
        const row = layout.consumers.findIndex(({ name }) => name === "group-0");
        expect(observation.positions.position[layout.positions.start[row]!]).toBe(POSITION(0));
        await watch.sample();
      }),
      { numRuns: 200 },
    );
    expect(process.memoryUsage().rss - heapBefore).toBeLessThan(200 * 1024 * 1024);
  });
});
