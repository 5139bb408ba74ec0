import type { CallKind, CallSide } from "../../../model/call.ts";
import { kindOf, sideOf } from "../book/flow.ts";
import { streamKeyOf } from "../connection/peer.ts";
import type { ProcessPart, Seen, ShownMethod } from "./shown.ts";

/** A process that answers at two addresses is one process. */
export function processesOf(seen: readonly Seen[]): { processes: ProcessPart[]; doubles: ProcessPart[] } {
  const found = new Map<string, ProcessPart>();
  const doubles: ProcessPart[] = [];
  for (const { address, book, metrics } of seen) {
    for (const told of [book, metrics]) {
      const process = told?.process;
      if (!told || !process) continue;
      const key = process.from === "metrics" ? `metrics ${address}` : `process ${process.info.instanceId}`;
      const part = { address, book: told, process };
      if (found.has(key)) doubles.push(part);
      else found.set(key, part);
    }
  }
  return { processes: [...found.values()], doubles };
}

/** @param previous those of the rows before: their sums go on */
export function mapMethods(
  seen: readonly Seen[],
  processes: readonly ProcessPart[],
  previous: readonly ShownMethod[],
): ShownMethod[] {
  const before = new Map(previous.map(({ key, sum }) => [key, sum]));
  const shown = new Map<string, ShownMethod>();
  const take = (key: string, path: string, side: CallSide, kind: CallKind): ShownMethod => {
    const held = shown.get(key);
    if (held === undefined) {
      const sum = before.get(key) ?? { due: Number.NaN };
      const method = { key, path, side, kind, parts: [], fills: new Map(), beside: [], named: [], sum };
      shown.set(key, method);
      return method;
    }
    if (held.kind === "unknown") held.kind = kind;
    return held;
  };
  const shared = new Set(seen.filter((one) => one.shared).map(({ address }) => address));
  // What a process tells itself goes before what metrics tell of it.
  const ordered = [...processes].sort((a, b) => rankOf(a) - rankOf(b));
  for (const { address, book, process } of ordered) {
    for (const method of process.methods.values()) {
      const { path } = method.row;
      const held = take(method.key, path, sideOf(method.row), kindOf(method.row));
      const part = { address, book, process, method };
      const isShared = process.from === "metrics" && shared.has(address);
      const isTold = held.parts.some(
        (one) => one.process.from === "instrumented" && (isShared || one.address === address),
      );
      if (process.from !== "metrics" || !isTold) held.parts.push(part);
      // What is of several processes cannot fill in for one of them.
      else if (!isShared || seen.length === 1) held.fills.set(address, part);
      else held.beside.push(part);
    }
  }
  for (const { address, catalogue } of seen) {
    for (const { path, kind } of catalogue?.methods ?? []) {
      take(streamKeyOf(path, "server"), path, "server", kind).named.push(address);
    }
  }
  return [...shown.values()];
}

function rankOf({ process }: ProcessPart): number {
  return process.from === "metrics" ? 1 : 0;
}
