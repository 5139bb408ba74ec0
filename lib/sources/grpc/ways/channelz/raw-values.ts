import { SocketAddress } from "node:net";
import type { RawAddress, RawSocket, RawTime } from "./channelz-definition.ts";

type SocketData = NonNullable<RawSocket["data"]>;

/** HTTP/2 has no larger window. */
const MOST_WINDOW = 2 ** 31 - 1;

/** A number of a message that is there; NaN: absurd. */
export function countOf(value: string | undefined): number {
  const count = Number(value ?? 0);
  return count >= 0 && Number.isSafeInteger(count) ? count : Number.NaN;
}

/** Ids are positive; null: this is none. */
export function idOf(value: string | undefined): number | null {
  const id = Number(value);
  return Number.isSafeInteger(id) && id > 0 ? id : null;
}

/** EpochMs on the target's clock; NaN: never, not told, or no time at all. */
export function timeOf(time: RawTime | undefined): number {
  const ms = Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6;
  return ms > 0 && ms <= 8.64e15 ? ms : Number.NaN;
}

/**
 * What the other end would still take (remote), and what the target itself would (local). The comments of channelz.proto
 * have it the other way round; grpc-js, grpc-go and grpc-java have it as it is here.
 */
export function windowsOf(data: SocketData): { readonly local: number; readonly remote: number } {
  const { localFlowControlWindow: local, remoteFlowControlWindow: remote } = data;
  // grpc-js leaves out a window of 0, and otherwise tells both; others tell both, or neither.
  const absent = local || remote ? 0 : Number.NaN;
  return {
    local: local ? windowOf(local.value) : absent,
    remote: remote ? windowOf(remote.value) : absent,
  };
}

function windowOf(value: string | undefined): number {
  const window = Number(value ?? 0);
  return Math.abs(window) <= MOST_WINDOW ? Math.max(0, window) : Number.NaN;
}

/** `host:port`, `[v6]:port`, the path of a Unix socket, or what it is called; empty: not told. */
export function addressOf(address: RawAddress | undefined): string {
  const { tcpipAddress: tcp, udsAddress: uds, otherAddress: other } = address ?? {};
  if (tcp) {
    const host = hostOf(tcp.ipAddress ?? new Uint8Array());
    return host === "" ? "" : `${host}:${tcp.port ?? 0}`;
  }
  if (uds) return uds.filename ? `unix:${uds.filename}` : "unix";
  return plainAddress(other?.name ?? "");
}

function hostOf(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return "";
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  return plainHost(new SocketAddress({ family: "ipv6", address: groups.join(":") }).address);
}

/**
 * The address of a socket as it is written here, whichever library wrote it: IPv4 in its own form where it came mapped
 * into IPv6, no scheme, no zone.
 */
export function plainAddress(written: string): string {
  const address = written.replace(/%5B/i, "[").replace(/%5D/i, "]");
  const [, host, port] = /^(?:ipv[46]:)?\[([^\]%]*)(?:%[^\]]*)?\]:(\d+)$/.exec(address) ?? [];
  return host === undefined ? address.replace(/^ipv4:/, "") : `${plainHost(host)}:${port}`;
}

function plainHost(v6: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(v6)?.[1];
  return mapped ?? `[${v6}]`;
}

/** What protects a connection; empty: nothing, or not told. */
export function securityOf({ security }: RawSocket): string {
  if (security?.tls) return security.tls.standardName || security.tls.otherName || "TLS";
  return security?.other ? security.other.name || "not named" : "";
}
