"use client";
import { type ReactNode, useEffect, useState } from "react";
import { exactCount, formatAge, formatBytes, formatTimestamp } from "@/lib/format";
import { type FetchedMessage, fetchMessage, useNow } from "@/lib/live";
import type { PeekedMessage } from "@/lib/model/source";
import type { PeekTarget } from "@/lib/model/views";

/** Asks for the message and shows it as it lies there, or says why there is nothing to show. */
export function PeekAnswer({ target: { streamId, sequence } }: { target: PeekTarget }) {
  const [answer, setAnswer] = useState<FetchedMessage | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    fetchMessage(streamId, sequence, leaving.signal).then(setAnswer, () => {}); // left before the answer
    return () => leaving.abort();
  }, [streamId, sequence]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <section className="overflow-y-auto px-4 py-3" aria-label="The message" tabIndex={0} aria-live="polite">
      {answer === null && <p className="min-h-40 text-dim">Asking for it …</p>}
      {answer && "problem" in answer && <PeekProblem {...answer.problem} />}
      {answer && "message" in answer && <Message message={answer.message} />}
    </section>
  );
}

/** In words, by what kind of answer it is; the server's own sentence says the rest. */
const PROBLEM_TITLES: Readonly<Record<number, string>> = {
  0: "No answer",
  400: "That is no sequence",
  403: "Streamside is not allowed to read it",
  404: "It is not there",
  429: "Too many at once",
  501: "Single messages cannot be asked for here",
  504: "No answer in time",
};

function PeekProblem({ status, detail }: { status: number; detail: string }) {
  return (
    <div className="min-h-40">
      <p className="font-medium">{PROBLEM_TITLES[status] ?? "It could not be read"}</p>
      <p className="mt-1 max-w-prose break-words text-dim">{detail}</p>
    </div>
  );
}

function Message({ message }: { message: PeekedMessage }) {
  const now = useNow();
  return (
    <>
      <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1">
        <Line name="Subject" className="break-all font-mono text-[0.8125rem]">
          {message.subject}
        </Line>
        <Line name="Stored">
          {formatTimestamp(message.at)} <span className="text-dim">· {formatAge(now - message.at)} ago</span>
        </Line>
        <Line name="Payload">
          <span title={`${exactCount(message.bytes)} bytes`}>{formatBytes(message.bytes)}</span>
          {message.payloadNote !== null && (
            <span className="block text-dim text-xs">{message.payloadNote}</span>
          )}
        </Line>
      </dl>
      <Headers headers={message.headers} />
      {message.payload !== null && (
        <pre className="mt-3 whitespace-pre-wrap break-all rounded border border-line bg-bg px-3 py-2 font-mono text-xs">
          {message.payload}
        </pre>
      )}
    </>
  );
}

function Line({ name, className, children }: { name: string; className?: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-dim">{name}</dt>
      <dd className={className}>{children}</dd>
    </>
  );
}

function Headers({ headers }: Pick<PeekedMessage, "headers">) {
  if (headers.length === 0) return <p className="mt-3 text-dim">It has no headers.</p>;
  return (
    <table className="mt-3 w-full table-fixed border-collapse text-xs" aria-label="Headers">
      <thead className="text-dim">
        <tr className="border-line border-b *:py-1 *:text-left *:font-medium">
          <th scope="col" className="w-2/5 pr-4">
            Header
          </th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody className="font-mono">
        {headers.map(({ key, value }, i) => (
          <tr key={i} className="border-line border-b align-top last:border-b-0 *:break-all *:py-1">
            <td className="pr-4">{key}</td>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
