import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ManualClock } from "../async/manual-clock.fixture.ts";
import type { PastQuestion } from "./past-questions.ts";
import { PastReader } from "./past-reader.ts";

/** What a worker does with each question, in plain JavaScript. */
const WORKERS = {
  answers: "port.postMessage({ id, answer: { ok: true, answer: [workerData.folder, question.to] } })",
  isSilent: "",
  breaks: "throw new Error('it broke')",
  warns:
    "port.postMessage({ warning: 'a file is damaged' }); port.postMessage({ id, answer: { ok: true, answer: [] } })",
} as const;

let folder: string;
let clock: ManualClock;
let warned: string[];
let reader: PastReader;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "streamside-reader-"));
  clock = new ManualClock();
  warned = [];
});
afterEach(() => {
  reader.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(worker: keyof typeof WORKERS): void {
  const script = join(folder, `${worker}.mjs`);
  writeFileSync(
    script,
    `import { parentPort as port, workerData } from "node:worker_threads";
     port.on("message", ({ id, question }) => { ${WORKERS[worker]} });`,
  );
  reader = new PastReader({ folder: "/a/folder", script, clock, onWarning: (text) => warned.push(text) });
}
const question = (to: number): PastQuestion => ({
  about: "marks",
  from: 0,
  to,
  most: 1,
  source: null,
  entity: null,
});

it("hands each question to the worker, and its answer to whoever asked", async () => {
  start("answers");
  const asked = [1, 2, 3].map((to) => reader.ask(question(to)));
  expect(await Promise.all(asked)).toEqual([1, 2, 3].map((to) => ({ ok: true, answer: ["/a/folder", to] })));
});

it("gives up what takes too long, says so, and begins anew with the next question", async () => {
  start("isSilent");
  const asked = [reader.ask(question(1)), reader.ask(question(2))];
  await clock.advance(20_000);
  const problem = { status: 503, detail: "Reading the past took longer than 20 s and was given up." };
  for (const one of asked) expect(await one).toMatchObject({ ok: false, problem });
  const again = reader.ask(question(3));
  reader.close();
  expect(await again).toMatchObject({ ok: false, problem: { detail: "Streamside is being stopped." } });
});

it("takes so many questions at once, and refuses what is more", async () => {
  start("isSilent");
  const waiting = Array.from({ length: 40 }, (_, to) => reader.ask(question(to)));
  expect(await reader.ask(question(40))).toMatchObject({ ok: false, problem: { status: 429 } });
  reader.close();
  expect((await Promise.all(waiting)).every(({ ok }) => !ok)).toBe(true);
});

it("survives a worker that breaks", async () => {
  start("breaks");
  for (const to of [1, 2]) {
    const problem = { status: 503, detail: "Reading the past failed: it broke" };
    expect(await reader.ask(question(to))).toMatchObject({ ok: false, problem });
  }
});

it("passes on what the worker warns of, each once, and lets go of it when nobody asks for a while", async () => {
  start("warns");
  await reader.ask(question(1));
  await reader.ask(question(2));
  await vi.waitFor(() => expect(warned).toEqual(["a file is damaged"]));
  expect(clock.pending).toBe(1);
  await clock.advance(120_000);
  expect(clock.pending).toBe(0);
  expect(await reader.ask(question(3))).toMatchObject({ ok: true });
});
