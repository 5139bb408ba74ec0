/**
 * Spans that somebody has named: a folder each under `incidents/`, with `incident.json` and the segments of the span. The
 * segments are the same files as those of the recording (hard links), so that they take no room of their own until
 * those are gone, and stay when they go.
 */
import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import type { Incident, NewIncident } from "../model/incident.ts";
import { WINDOW_MS } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import { JournalError } from "./journal-error.ts";
import {
  eventsPathOf,
  INCIDENT_ID,
  INCIDENTS,
  listIncidentIds,
  orNothing,
  type SegmentFile,
  syncFolder,
  wholePath,
} from "./segment-files.ts";
import { StartedSegments, segmentsOfSpan } from "./started-segments.ts";

export const INCIDENT_FILE = "incident.json";

export const incidentSchema = z.object({
  id: z.string().regex(INCIDENT_ID),
  name: z.string().min(1).max(200),
  note: z.string().max(10_000),
  from: z.number(),
  to: z.number(),
  markedAt: z.number(),
}) satisfies z.ZodType<Incident>;

/** All that are marked in the folder of a recording, the newest span first. One that cannot be read is left out. */
export async function listIncidents(folder: string): Promise<Incident[]> {
  const incidents: Incident[] = [];
  for (const id of await listIncidentIds(folder)) {
    const incident = await readIncident(join(folder, INCIDENTS, id)).catch(() => null);
    if (incident?.id === id) incidents.push(incident);
  }
  return incidents.sort((a, b) => b.from - a.from);
}

/** What is said of the segments in a folder. Throws where nothing is, or no incident. */
export async function readIncident(folder: string): Promise<Incident> {
  return incidentSchema.parse(JSON.parse(await readFile(join(folder, INCIDENT_FILE), "utf8")));
}

/**
 * Keeps the segments of a span, with the quarter of an hour before it that its pages are made of.
 *
 * @throws JournalError `NOTHING_THEN` where nothing of it is recorded
 */
export async function markIncident(folder: string, marked: NewIncident, now: EpochMs): Promise<Incident> {
  const started = await new StartedSegments(folder, () => {}).list();
  const segments = segmentsOfSpan(started, marked.from - WINDOW_MS, marked.to);
  if (segments.length === 0) throw new JournalError("NOTHING_THEN", "Nothing is recorded of that span.");
  const id = `${new Date(marked.from).toISOString().slice(0, 19).replace(/[T:]/g, "-")}-${randomBytes(3).toString("hex")}`;
  const incident: Incident = { ...marked, id, markedAt: now };
  const making = join(folder, INCIDENTS, `.${id}`);
  await mkdir(making, { recursive: true });
  try {
    for (const { file } of segments) await linkSegment(file, making);
    await writeFile(join(making, INCIDENT_FILE), JSON.stringify(incident), { flush: true });
    // There from now on, as a whole.
    await rename(making, join(folder, INCIDENTS, id));
    await syncFolder(join(folder, INCIDENTS));
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    throw error;
  }
  return incident;
}

/** False: there is none of this name. */
export async function deleteIncident(folder: string, id: string): Promise<boolean> {
  if (!(await listIncidentIds(folder)).includes(id)) return false;
  await rm(join(folder, INCIDENTS, id), { recursive: true });
  return true;
}

/** Where the segments of an incident are; null: there is none of this name. */
export async function folderOfIncident(folder: string, id: string): Promise<string | null> {
  return (await listIncidentIds(folder)).includes(id) ? join(folder, INCIDENTS, id) : null;
}

/** The segment that is being written goes on to grow under both names. */
async function linkSegment({ path }: SegmentFile, into: string): Promise<void> {
  await link(path, join(into, basename(wholePath(path))));
  await link(eventsPathOf(path), join(into, basename(eventsPathOf(path)))).catch(orNothing);
}
