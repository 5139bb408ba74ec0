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

function wholePath(path: string): string {
  return path.replace(/\.part$/, ".seg");
}

/** From now on it is one of the segments: what it holds is on disk. */
export async function register(folder: string, path: string): Promise<string> {
  const whole = wholePath(path);
  await rename(path, whole);
  // Else the name may be lost with the power, though the bytes are not.
  const handle = await open(folder);
  await handle.sync().finally(() => handle.close());
  return whole;
}

/** Where what happened in the time of a segment is logged. */
export function eventsPathOf(segmentPath: string): string {
  return segmentPath.replace(/\.(seg|part)$/, ".events");
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(orNothing))?.size ?? 0;
}

/** A segment with its log. Somebody else may have removed it. */
export async function remove(path: string): Promise<void> {
  await unlink(path).catch(orNothing);
  await unlink(eventsPathOf(path)).catch(orNothing);
}

function orNothing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
  return undefined;
}
