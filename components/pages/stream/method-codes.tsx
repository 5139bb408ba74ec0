import { Fragment } from "react";
import { Card, CardHeader } from "@/components/ui/card";
import { cx } from "@/components/ui/cx";
import { EmptyState } from "@/components/ui/empty-state";
import { Icon } from "@/components/ui/icon";
import { exactCount, UNKNOWN } from "@/lib/format";
import type { CodeView, MethodView } from "@/lib/model/call";

const HEADS = ["Last minute", "Share", "Since start"];

/** How calls ended, a line for each status code: errors of the server apart from what the caller did. */
export function MethodCodes({ method: { codes, from } }: { method: MethodView }) {
  const known = codes.flatMap(({ lastMinute }) => lastMinute ?? []);
  const ended = known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0);
  return (
    <Card labelledBy="codes-title" className="min-w-0">
      <CardHeader title="Status codes" id="codes-title">
        <span title={`From: ${from}.`}>
          {ended === null ? "of calls that ended" : `${exactCount(ended)} ended in the last minute`}
        </span>
      </CardHeader>
      {codes.length === 0 ? (
        <EmptyState title="No call has ended">
          Calls that live are listed below; how one ended is known when it has.
        </EmptyState>
      ) : (
        <table className="w-full border-collapse" aria-labelledby="codes-title">
          <thead className="border-line border-b text-dim text-xs">
            <tr>
              <th scope="col" className="py-2 pr-3 pl-4 text-left font-medium">
                Code
              </th>
              {HEADS.map((head) => (
                <th
                  key={head}
                  scope="col"
                  className="whitespace-nowrap px-2 py-2 text-right font-medium last:pr-4"
                >
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {codes.map((code) => (
              <CodeRow key={code.code} code={code} ended={ended} />
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function CodeRow({ code, ended }: { code: CodeView; ended: number | null }) {
  const share = ended && code.lastMinute !== null ? (100 * code.lastMinute) / ended : null;
  const isNow = code.isError && (code.lastMinute ?? 0) > 0;
  return (
    <tr className="border-line border-b last:border-b-0">
      <th scope="row" className="break-words py-1.5 pr-2 pl-4 text-left font-normal" title={titleOf(code)}>
        <span className={cx("inline-flex items-center gap-1.5", isNow && "font-medium text-crit")}>
          <span>{breakable(code.code)}</span>
          {code.isError && <Icon name="cross" className={cx("size-[0.8em]", !isNow && "text-dim")} />}
          {code.isError && <span className="sr-only">error of the server</span>}
        </span>
      </th>
      <td className="whitespace-nowrap px-2 text-right">
        {code.lastMinute === null ? UNKNOWN : exactCount(code.lastMinute)}
      </td>
      <td className="whitespace-nowrap px-2 text-right">{share === null ? UNKNOWN : percentText(share)}</td>
      <td className="pr-4 pl-2 text-right text-dim">{exactCount(code.total)}</td>
    </tr>
  );
}

/** May go on in a new line after each underscore. */
function breakable(code: string) {
  return code.split("_").map((part, i) => (
    <Fragment key={part}>
      {i > 0 && (
        <>
          _<wbr />
        </>
      )}
      {part}
    </Fragment>
  ));
}

function titleOf({ code, isError }: CodeView): string {
  if (code === "OK") return "The call did what it was made for.";
  if (code === "CANCELLED") return "The caller gave the call up: no error of the server.";
  return isError
    ? "Counts as an error of the server."
    : "An answer to what the caller asked, not an error of the server.";
}

/** 98.3 % · < 0.1 %: none is 0, and nothing else is. */
function percentText(share: number): string {
  if (share === 0) return "0 %";
  return share < 0.05 ? "< 0.1 %" : `${share.toFixed(1)} %`;
}
