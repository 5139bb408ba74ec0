/**
 * An incident as one file: a tar archive with `incident.json` first and then its segments, which are compressed already.
 * `tar -tvf` shows what is in it.
 */
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, pack } from "tar-stream";
import type { Incident } from "../model/incident.ts";
import { INCIDENT_FILE, readIncident } from "./incidents.ts";
import { JournalError } from "./journal-error.ts";
import { eventsPathOf, listSegments, orNothing } from "./segment-files.ts";

const NAMES = /^(\d{8}\.(seg|events)|incident\.json)$/;
/** Nobody wrote a recording larger than this: what says so is none. */
const MOST_BYTES = 50e9;

/** The archive of what is in the folder of an incident, as it is now: a segment that is being written goes on without it. */
export function packIncident(folder: string): Readable {
  const archive = pack();
  fill(archive, folder).catch((error: Error) => archive.destroy(error));
  return Readable.from(archive);
}

async function fill(archive: ReturnType<typeof pack>, folder: string): Promise<void> {
  const json = await readFile(join(folder, INCIDENT_FILE));
  archive.entry({ name: INCIDENT_FILE }, json);
  for (const { number, path } of await listSegments(folder)) {
    const name = String(number).padStart(8, "0");
    await add(archive, `${name}.seg`, path);
    await add(archive, `${name}.events`, eventsPathOf(path));
  }
  archive.finalize();
}

async function add(archive: ReturnType<typeof pack>, name: string, path: string): Promise<void> {
  const { size, mtime } = (await stat(path).catch(orNothing)) ?? { size: 0, mtime: new Date(0) };
  if (size === 0) return;
  // When it was last written to is when what it holds ends.
  const entry = archive.entry({ name, size, mtime });
  await pipeline(createReadStream(path, { end: size - 1 }), entry);
}

/**
 * Lays an archive out in a folder, which is made.
 *
 * @throws JournalError `NOT_A_RECORDING` for whatever was not made by `packIncident`
 */
export async function unpackIncident(path: string, folder: string): Promise<Incident> {
  await mkdir(folder, { recursive: true });
  const archive = extract();
  const reading = pipeline(createReadStream(path), archive);
  // What is wrong with it is told by the loop below, which reads from it.
  reading.catch(() => {});
  try {
    await layOut(archive, folder);
    await reading;
    return await readIncident(folder);
  } catch (error) {
    // What a disk says is no matter of what the file is; but for the file that says what it is.
    const { syscall, path: at } = error as NodeJS.ErrnoException;
    if (syscall !== undefined && at !== join(folder, INCIDENT_FILE)) throw error;
    throw new JournalError("NOT_A_RECORDING", `${path} is no recording that Streamside has exported.`);
  }
}

async function layOut(archive: ReturnType<typeof extract>, folder: string): Promise<void> {
  let bytes = 0;
  for await (const entry of archive) {
    const { name, size = 0, type, mtime } = entry.header;
    bytes += size;
    // Names are held against a pattern without folders: nothing is written elsewhere.
    if (type !== "file" || !NAMES.test(name) || bytes > MOST_BYTES)
      throw new Error(`${name} is not one of ours`);
    await pipeline(entry, createWriteStream(join(folder, name)));
    if (mtime !== undefined) await utimes(join(folder, name), mtime, mtime);
  }
}
