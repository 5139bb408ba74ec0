import { access, mkdir, open, readdir, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";

/** The segments in a folder, named by a running number. One that is still written is called `.part`. */
const NAME = /^(\d{8})\.(seg|part)$/;

export interface SegmentFile {
  readonly number: number;
  readonly path: string;
  /** With the log of what happened in its time. */
  readonly bytes: number;
  /** When it was last written to, ms. */
  readonly writtenAt: number;
}

/** The segments in a folder, the oldest first; other files are left alone. None where there is no such folder. */
export async function listSegments(folder: string): Promise<SegmentFile[]> {
  const names = (await readdir(folder).catch(orNothing)) ?? [];
  const files: SegmentFile[] = [];
  for (const name of names) {
    const number = NAME.exec(name)?.[1];
    if (number === undefined) continue;
    const named = join(folder, name);
    // It may have become whole since its name was read, or be gone.
    const path = (await isThere(named)) ? named : wholePath(named);
    const found = await stat(path).catch(orNothing);
    if (found === undefined) continue;
    const { size, mtimeMs } = found;
    const events = await sizeOf(eventsPathOf(path));
    files.push({ number: Number(number), path, bytes: size + events, writtenAt: mtimeMs });
  }
  return files.sort((a, b) => a.number - b.number);
}

/** Where incidents are kept: a folder each, named so, with segments that have the numbers they have in the recording. */
export const INCIDENTS = "incidents";
export const INCIDENT_ID = /^[0-9a-z-]{1,64}$/;

/** The names of those that are whole. */
export async function listIncidentIds(folder: string): Promise<string[]> {
  const names = (await readdir(join(folder, INCIDENTS)).catch(orNothing)) ?? [];
  return names.filter((name) => INCIDENT_ID.test(name));
}

/** The segments in a folder, and those that only its incidents still have. */
export async function listAllSegments(folder: string): Promise<SegmentFile[]> {
  const all = new Map((await listSegments(folder)).map((file) => [file.number, file]));
  for (const id of await listIncidentIds(folder)) {
    for (const file of await listSegments(join(folder, INCIDENTS, id))) {
      if (!all.has(file.number)) all.set(file.number, file);
    }
  }
  return [...all.values()].sort((a, b) => a.number - b.number);
}

/** Makes the folder, and gives the name of a whole segment to what a run that was killed has left: it is read as far as it goes. */
export async function openFolder(folder: string): Promise<SegmentFile[]> {
  await mkdir(folder, { recursive: true });
  for (const { path } of await listSegments(folder)) if (path.endsWith(".part")) await register(folder, path);
  return listSegments(folder);
}

export function pathOf(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(8, "0")}.part`);
}

/** Where a segment is that was listed a while ago: it may have become whole meanwhile. */
export async function pathNow({ path }: SegmentFile): Promise<string> {
  return (await isThere(path)) ? path : wholePath(path);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

export function wholePath(path: string): string {
  return path.replace(/\.part$/, ".seg");
}

/** From now on it is one of the segments: what it holds is on disk. */
export async function register(folder: string, path: string): Promise<string> {
  const whole = wholePath(path);
  await rename(path, whole);
  await syncFolder(folder);
  return whole;
}

/** Else a new name may be lost with the power, though the bytes are not. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  await handle.sync().finally(() => handle.close());
}

export function bytesOf(files: readonly Pick<SegmentFile, "bytes">[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Where what happened in the time of a segment is logged. */
export function eventsPathOf(segmentPath: string): string {
  return segmentPath.replace(/\.(seg|part)$/, ".events");
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(orNothing))?.size ?? 0;
}

/** A segment with its log. Somebody else may have removed it. True: an incident still holds it, so that it takes its room. */
export async function remove(path: string): Promise<boolean> {
  const links = (await stat(path).catch(orNothing))?.nlink ?? 0;
  await unlink(path).catch(orNothing);
  await unlink(eventsPathOf(path)).catch(orNothing);
  return links > 1;
}

/** For what need not be there. */
export function orNothing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
  return undefined;
}
