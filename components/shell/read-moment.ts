import { readInstant } from "@/lib/model/instant";
import type { EpochMs } from "@/lib/model/reading";

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** What can be typed, for whoever types something else. */
export const MOMENT_EXAMPLES = "02:13, yesterday 14:00, −90 m, 2026-11-30 02:13";

/**
 * A moment as people write it, in the time zone of whoever reads: a time of day is the last one that has been, with the
 * day where one is named. Null: it is none of these, or has not come yet.
 */
export function readMoment(text: string, now: EpochMs): EpochMs | null {
  const words = text.trim().toLowerCase().replace(/[−–]/g, "-").replace(/\s+/g, " ");
  const at =
    readAgo(words, now) ?? readOfDay(words, now) ?? (words.includes("t") ? readInstant(text.trim()) : null);
  return at === null || at > now ? null : at;
}

/** "-90 m", "2h ago", "1h30m ago", "now". */
function readAgo(words: string, now: EpochMs): EpochMs | null {
  if (words === "now") return now;
  const ago = /^-(.+)$/.exec(words)?.[1] ?? /^(.+) ago$/.exec(words)?.[1];
  if (ago === undefined) return null;
  const parts = /^(?: ?\d+(?:\.\d+)? ?[smhd])+$/.test(ago)
    ? ago.matchAll(/(\d+(?:\.\d+)?) ?([smhd])/g)
    : null;
  if (parts === null) return null;
  let ms = 0;
  for (const [, count, unit] of parts) ms += Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return now - ms;
}

/** "02:13", "02:13:04", "yesterday 14:00", "monday 9:30", "2026-11-30 02:13". */
function readOfDay(words: string, now: EpochMs): EpochMs | null {
  const [, day = "", clock = ""] = /^(?:(\S+)[ t])?(\d{1,2}:\d\d(?::\d\d)?)$/.exec(words) ?? [];
  if (clock === "") return null;
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(":").map(Number);
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  const on = (date: Date, daysBefore = 0) =>
    new Date(
      date.getFullYear(),
      date.getMonth(),
      date.getDate() - daysBefore,
      ...([hours, minutes, seconds] as const),
    ).getTime();
  const today = new Date(now);
  switch (day) {
    case "":
      return on(today) > now ? on(today, 1) : on(today);
    case "today":
      return on(today);
    case "yesterday":
      return on(today, 1);
  }
  const weekday = DAYS.findIndex((name) => day.length >= 3 && name.startsWith(day));
  if (weekday >= 0) {
    const daysBefore = (today.getDay() - weekday + 7) % 7;
    return on(today, daysBefore) > now ? on(today, 7) : on(today, daysBefore);
  }
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day) ?? [];
  if (year === undefined) return null;
  const of = new Date(Number(year), Number(month) - 1, Number(date));
  return of.getMonth() === Number(month) - 1 && of.getDate() === Number(date) ? on(of) : null;
}
