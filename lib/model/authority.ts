/** Where an HTTP server is asked: the host of an address, and the port where one is written. */
export interface Authority {
  /** In lower case, without a final dot; IP addresses in their one usual spelling, IPv6 in brackets. */
  readonly host: string;
  /** null where none is written: the scheme's own port. */
  readonly port: number | null;
}

const FORM = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::(\d{1,5}))?$/i;

/** `host`, `host:port`, `[IPv6]` or `[IPv6]:port`; null for everything else, also what a URL parser would forgive. */
export function parseAuthority(text: string): Authority | null {
  const match = FORM.exec(text);
  if (match === null || !URL.canParse(`http://${text}/`)) return null;
  const port = match[1] === undefined ? null : Number(match[1]);
  const host = new URL(`http://${text}/`).hostname.replace(/\.$/, "");
  return host === "" || port === 0 ? null : { host, port };
}

export function formatAuthority({ host, port }: Authority): string {
  return port === null ? host : `${host}:${port}`;
}
