import { randomBytes } from "node:crypto";
import { type Msg, NoRespondersError } from "@nats-io/transport-node";
import type { Clock } from "../../../async/clock.ts";
import { pause } from "../../../async/pause.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { causesOf } from "../../causes.ts";
import { startOpenLoop } from "../../probe/open-loop.ts";
import { ProbeBook, type ProbeReading } from "../../probe/probe-book.ts";
import type { ProbeState, ProbeWords } from "../../probe/probe-report.ts";
import type { Probe } from "../../probe/with-probe.ts";
import type { NatsCollectorOptions, NatsProbeOptions } from "../config.ts";
import { createNatsClient, type NatsClient } from "../connection/client.ts";

const WINDOW_MS = 15 * 60_000;
/** So long after its deadline a request is given up. */
const LOST_AFTER_MS = 60_000;
/** Between looks at the connections: longer and longer while there is none. */
const TURN_MS = 1_000;
const LONGEST_TURN_MS = 5_000;
/** Every refusal is a line in the server's log. */
const DENIED_REST_MS = 30_000;

export interface NatsProbeSettings extends NatsProbeOptions {
  readonly access: NatsCollectorOptions;
  readonly clock: Clock;
  /** The stream that stores what is sent to the probe's subject; null: none that is known of. */
  readonly storedBy: () => string | null;
}

/**
 * Sends a small request every interval and takes the time until its reply comes: the only part of Streamside that
 * publishes to a NATS system what is no question about it, and only where it was asked to. Open loop: requests are due
 * by the clock, whether those before them were answered or not. One that a lost connection took along is sent again.
 */
export class NatsProbe implements Probe {
  readonly #o: NatsProbeSettings;
  readonly #book: ProbeBook;
  readonly #prefix = `streamside-probe ${randomBytes(6).toString("hex")} `;
  readonly #requester: NatsClient;
  readonly #responder: NatsClient | null;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  /** Numbers of requests that are due and not sent. */
  #queue: number[] = [];
  #answering: unknown = null;
  #isConnected = false;
  #endLoop: (() => void) | null = null;
  #restUntil = Number.NEGATIVE_INFINITY;
  /** A stream that has stored a request: that was one too many. */
  #hasStored: string | null = null;
  #failure: CollectorError | null = null;
  /** Why it cannot answer itself. */
  #refusal: CollectorError | null = null;

  constructor(settings: NatsProbeSettings) {
    const { access, deadlineMs, respond, clock } = settings;
    this.#o = settings;
    const lostAfterMs = deadlineMs + LOST_AFTER_MS;
    this.#book = new ProbeBook({ deadlineMs, lostAfterMs, windowMs: WINDOW_MS });
    const name = `${access.name ?? "streamside"} probe`;
    this.#requester = createNatsClient({ ...access, name, requestTimeoutMs: lostAfterMs }, clock);
    this.#responder = respond ? createNatsClient({ ...access, name: `${name} (answers)` }, clock) : null;
    this.#answer();
    this.#running = this.#run();
  }

  state(): ProbeState {
    const { subject, deadlineMs } = this.#o;
    const reading = this.#book.reading(this.#o.clock.elapsed());
    const failure = this.#failure ?? this.#refusal ?? this.#silence(reading);
    return { words: probeWords(subject), deadlineMs, reading, failure };
  }

  /** Whether this is one of its connections. */
  isSelf(serverId: string, cid: number): boolean {
    return this.#requester.isSelf(serverId, cid) || this.#responder?.isSelf(serverId, cid) === true;
  }

  async close(): Promise<void> {
    this.#closing.abort(new CollectorError("INTERNAL", "The probe was closed.", "Make a new one."));
    this.#end();
    await Promise.all([this.#requester.close(), this.#responder?.close()]);
    await this.#running;
  }

  /** A reply that may not be published is missed by nobody else. */
  #silence({ inTime, late, waitingMs }: ProbeReading): CollectorError | null {
    const { subject, deadlineMs, respond } = this.#o;
    return inTime + late === 0 && waitingMs > deadlineMs ? unanswered(subject, respond) : null;
  }

  /** Replies to its own requests only: somebody else's may be meant for somebody else. */
  #answer(): void {
    this.#responder?.listen(
      this.#o.subject,
      (message) => {
        const text = new TextDecoder().decode(message.data.subarray(0, 200));
        if (text.startsWith(this.#prefix)) reply(message);
      },
      (error) => {
        this.#refusal = error;
      },
      () => {
        this.#refusal = null;
      },
    );
  }

  async #run(): Promise<void> {
    let turnMs = TURN_MS;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#connect(signal);
        turnMs = TURN_MS;
      } catch (error) {
        this.#failure = asFailure(error);
        turnMs = Math.min(LONGEST_TURN_MS, turnMs * 2);
      }
      if (signal.aborted) return;
      await pause(this.#o.clock, turnMs, signal).catch(() => {}); // only the end of the probe ends it early
    }
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const stream = this.#hasStored ?? this.#o.storedBy();
    if (stream !== null) {
      this.#end();
      throw stored(stream, this.#o.subject);
    }
    const answering = await this.#responder?.open(signal);
    // It must be listening before anything is asked.
    if (answering !== this.#answering) await this.#responder?.roundTrip();
    this.#answering = answering;
    await this.#requester.open(signal);
    this.#isConnected = true;
    if (signal.aborted || this.#o.clock.elapsed() < this.#restUntil) return;
    this.#endLoop ??= startOpenLoop({
      intervalMs: this.#o.intervalMs,
      clock: this.#o.clock,
      plan: (dueAt) => this.#queue.push(this.#book.plan(dueAt)),
      send: () => this.#send(),
    });
    this.#send();
  }

  #send(): void {
    if (!this.#isConnected) {
      // What was given up is not sent any more.
      while (this.#queue.length > 0 && !this.#book.isOutstanding(this.#queue[0]!)) this.#queue.shift();
      return;
    }
    const due = this.#queue;
    this.#queue = [];
    for (const number of due) if (this.#book.isOutstanding(number)) void this.#request(number);
  }

  async #request(number: number): Promise<void> {
    const { subject } = this.#o;
    try {
      const answer = await this.#requester.request(subject, `${this.#prefix}${number}`);
      const stream = streamOfPubAck(answer);
      if (stream !== null) {
        this.#hasStored = stream;
        this.#end();
        this.#failure = stored(stream, subject);
        this.#book.gone(number);
      } else {
        this.#book.arrived(number, this.#o.clock.elapsed());
        this.#failure = null;
      }
    } catch (error) {
      this.#take(number, error);
    }
  }

  #take(number: number, error: unknown): void {
    const failure = asFailure(error);
    if (this.#closing.signal.aborted || failure.code === "TIMEOUT") return; // given up by the book, too
    if (failure.code === "UNREACHABLE") {
      this.#isConnected = false;
      this.#queue.push(number);
      return;
    }
    this.#book.gone(number);
    this.#failure = isNobody(error) ? nobody(this.#o.subject, this.#o.respond) : failure;
    if (failure.code !== "DENIED") return;
    this.#restUntil = this.#o.clock.elapsed() + DENIED_REST_MS;
    this.#end();
  }

  #end(): void {
    this.#endLoop?.();
    this.#endLoop = null;
  }
}

function reply(message: Msg): void {
  try {
    message.respond(message.data);
  } catch {
    // The connection is just being closed.
  }
}

function isNobody(error: unknown): boolean {
  return causesOf(error).some((cause) => cause instanceof NoRespondersError);
}

/** The stream that says that it has stored a request; null for any other reply. */
function streamOfPubAck({ data }: Msg): string | null {
  if (data.length > 1_000 || data[0] !== 0x7b) return null;
  try {
    const { stream, seq } = JSON.parse(new TextDecoder().decode(data)) as Record<string, unknown>;
    return typeof stream === "string" && typeof seq === "number" ? stream : null;
  } catch {
    return null;
  }
}

function probeWords(subject: string): ProbeWords {
  return {
    over: subject,
    times: "Request and reply",
    timesTitle: `From when a request on ${subject} was due until its reply had come`,
    sent: "Probe requests",
    lostTitle: "nobody was there to answer, or no reply came",
    gauges: "streamside_nats_probe",
  };
}

function nobody(subject: string, respond: boolean): CollectorError {
  return new CollectorError(
    "ANSWERED_ERROR",
    `Nobody answers on "${subject}".`,
    respond
      ? "Streamside's own answers do not get through: may its user subscribe there?"
      : "Start what is meant to answer there, or let Streamside answer itself with respond: true.",
  );
}

function unanswered(subject: string, respond: boolean): CollectorError {
  return new CollectorError(
    "TIMEOUT",
    `No request on "${subject}" was answered so far.`,
    respond
      ? "May Streamside's user publish its replies? It needs allow_responses: true, or publish to _INBOX.>."
      : "Is what answers there stuck, or may it not publish its replies?",
  );
}

function stored(stream: string, subject: string): CollectorError {
  return new CollectorError(
    "ANSWERED_ERROR",
    `Stream ${stream} would store every request on "${subject}": none is sent.`,
    "Give the probe a subject that no stream captures.",
  );
}

function asFailure(error: unknown): CollectorError {
  if (error instanceof CollectorError) return error;
  return new CollectorError("INTERNAL", `The probe failed: ${error}`, "Please report it.", { cause: error });
}
