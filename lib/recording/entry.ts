import type { EpochMs } from "../model/reading.ts";
import type { SourceFailure } from "../model/source.ts";
import type { MeasuredCost } from "../pipeline/scheduler.ts";
import { decode } from "../sample/codec/decode.ts";
import { encode } from "../sample/codec/encode.ts";
import type { FailureNews } from "../sample/collector-error.ts";
import type { Sample } from "../sample/sample.ts";
import { JournalError } from "./journal-error.ts";

/**
 * One thing that went into the pipelines and the store. Everything that is ever shown follows from these, in their order:
 * whoever has them has any page at any of their moments.
 */
export type Entry =
  | { readonly kind: "sample"; readonly source: string; readonly cost: MeasuredCost; readonly sample: Sample }
  /** Between two samples, of the consumers with these keys. */
  | {
      readonly kind: "focus";
      readonly source: string;
      readonly keys: readonly string[];
      readonly sample: Sample;
    }
  | {
      readonly kind: "failure";
      readonly source: string;
      readonly failure: SourceFailure;
      readonly news?: FailureNews | undefined;
    }
  /** A turn that passed without a sample. */
  | { readonly kind: "skip"; readonly source: string }
  /** A person has seen what a consumer lost. */
  | { readonly kind: "seen"; readonly source: string; readonly consumerId: string; readonly at: EpochMs }
  /** The store closed a round. */
  | { readonly kind: "round"; readonly at: EpochMs };

const LENGTH_BYTES = 4;

/**
 * Entries as bytes: so many bytes of JSON, the JSON, and the sample if there is one, coded against the last full sample
 * of its source. The first of each source stands alone, so that what one of these writes is read without anything before.
 */
export class EntryWriter {
  private readonly last = new Map<string, Sample>();

  /** Throws `SampleCodecError`. */
  encode(entry: Entry): Uint8Array {
    const { sample, head } = apart(entry);
    const coded = sample === null ? null : encode(sample, this.last.get(sourceOf(entry)) ?? null);
    if (entry.kind === "sample") this.last.set(entry.source, entry.sample);
    const json = Buffer.from(JSON.stringify(head));
    const bytes = Buffer.allocUnsafe(LENGTH_BYTES + json.length + (coded?.length ?? 0));
    bytes.writeUInt32LE(json.length);
    bytes.set(json, LENGTH_BYTES);
    if (coded !== null) bytes.set(coded, LENGTH_BYTES + json.length);
    return bytes;
  }
}

/** Reads what one `EntryWriter` wrote, from its first entry on. */
export class EntryReader {
  private readonly last = new Map<string, Sample>();

  /** Throws `JournalError` and `SampleCodecError`. */
  decode(bytes: Uint8Array): Entry {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = view.length < LENGTH_BYTES ? Number.POSITIVE_INFINITY : view.readUInt32LE();
    if (LENGTH_BYTES + length > view.length) throw damaged("an entry is shorter than it says");
    const head = parse(view.toString("utf8", LENGTH_BYTES, LENGTH_BYTES + length));
    const coded = view.subarray(LENGTH_BYTES + length);
    if (head.kind !== "sample" && head.kind !== "focus") return head;
    const sample = decode(coded, this.last.get(head.source) ?? null);
    if (head.kind === "sample") this.last.set(head.source, sample);
    return { ...head, sample };
  }
}

/** What of an entry is no sample. */
type Head = { [Kind in Entry["kind"]]: Omit<Extract<Entry, { kind: Kind }>, "sample"> }[Entry["kind"]];

function apart(entry: Entry): { readonly sample: Sample | null; readonly head: object } {
  if (!("sample" in entry)) return { sample: null, head: entry };
  const { sample, ...head } = entry;
  return { sample, head };
}

function sourceOf(entry: Entry): string {
  return "source" in entry ? entry.source : "";
}

/** Its checksum was right: it is what was written, by this build or by a later one. */
function parse(text: string): Head {
  const kinds: Readonly<Record<Entry["kind"], true>> = {
    sample: true,
    focus: true,
    failure: true,
    skip: true,
    seen: true,
    round: true,
  };
  let head: unknown;
  try {
    head = JSON.parse(text);
  } catch {
    throw damaged("an entry is no JSON");
  }
  if (typeof head !== "object" || head === null || !("kind" in head)) throw damaged("an entry is of no kind");
  if (!Object.hasOwn(kinds, String(head.kind))) {
    throw new JournalError(
      "UNKNOWN_ENTRY",
      "It holds entries that this version of Streamside does not know.",
    );
  }
  return head as Head;
}

function damaged(what: string): JournalError {
  return new JournalError("DAMAGED", `The recording is damaged: ${what}.`);
}
