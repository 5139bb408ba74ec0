import { expect, test } from "vitest";
import { readMoment } from "./read-moment";

/** A Monday, in the time zone of whoever runs this. */
const NOW = new Date(2026, 10, 30, 15, 0, 0).getTime();
const on = (day: number, hours: number, minutes: number, seconds = 0) =>
  new Date(2026, 10, day, hours, minutes, seconds).getTime();

test.each<[text: string, at: number | null]>([
  ["02:13", on(30, 2, 13)],
  ["2:13", on(30, 2, 13)],
  ["02:13:04", on(30, 2, 13, 4)],
  ["16:00", on(29, 16, 0)],
  ["today 14:00", on(30, 14, 0)],
  ["today 16:00", null],
  ["yesterday 14:00", on(29, 14, 0)],
  ["  Yesterday   14:00 ", on(29, 14, 0)],
  ["monday 9:30", on(30, 9, 30)],
  ["mon 15:30", on(23, 15, 30)],
  ["sunday 9:30", on(29, 9, 30)],
  ["2026-11-28 02:13", on(28, 2, 13)],
  ["2026-11-31 02:13", null],
  ["2026-12-01 02:13", null],
  ["\u221290 m", NOW - 90 * 60_000],
  ["-90m", NOW - 90 * 60_000],
  ["1h30m ago", NOW - 90 * 60_000],
  ["1.5 h ago", NOW - 90 * 60_000],
  ["2 d ago", NOW - 2 * 86_400_000],
  ["now", NOW],
  ["2026-11-30T02:13:04Z", Date.UTC(2026, 10, 30, 2, 13, 4)],
  ["25:00", null],
  ["02:60", null],
  ["", null],
  ["someday 02:13", null],
  ["-m", null],
  ["90", null],
])("%j is %s", (text, at) => {
  expect(readMoment(text, NOW)).toBe(at);
});
