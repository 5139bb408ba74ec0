/** Test only: an authority in a directory of its own, and the texts of what it issues. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority as createAuthorityIn, createCertificate } from "../test-certificates.ts";

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface TestAuthority {
  readonly ca: string;
  /** @param name a DNS name, or `IP:address` */
  issue(name: string, settings?: { readonly expired?: boolean }): Pair;
  close(): void;
}

export function createAuthority(): TestAuthority {
  const directory = mkdtempSync(join(tmpdir(), "streamside-tls-"));
  const read = (file: string) => readFileSync(join(directory, file), "utf8");
  createAuthorityIn(directory, "ca");
  let issued = 0;
  return {
    ca: read("ca.pem"),

    issue(name, settings) {
      const file = `issued-${++issued}`;
      createCertificate(directory, "ca", file, [name.startsWith("IP:") ? name : `DNS:${name}`], settings);
      return { cert: read(`${file}.pem`), key: read(`${file}.key`) };
    },

    close: () => rmSync(directory, { recursive: true }),
  };
}
