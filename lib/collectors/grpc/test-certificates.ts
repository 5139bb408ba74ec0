/** Certificates of a private authority, made by `openssl` in a directory of their own. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export function createAuthority(): TestAuthority {
  const directory = mkdtempSync(join(tmpdir(), "streamside-tls-"));
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: directory, stdio: "ignore" });
  const read = (file: string) => readFileSync(join(directory, file), "utf8");
  openssl(
    ...["req", "-x509", ...EC, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2"],
    ...["-subj", "/CN=test authority", "-addext", "basicConstraints=critical,CA:TRUE"],
  );
  let issued = 0;
  return {
    ca: read("ca.pem"),

    issue(name, { expired = false } = {}) {
      const file = `issued-${++issued}`;
      const alternative = name.startsWith("IP:") ? name : `DNS:${name}`;
      openssl(
        ...["req", "-new", ...EC, "-keyout", `${file}.key`, "-out", `${file}.csr`, "-subj", `/CN=${name}`],
        ...["-addext", `subjectAltName=${alternative}`],
      );
      openssl(
        ...["x509", "-req", "-in", `${file}.csr`, "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
        ...["-copy_extensions", "copy", "-out", `${file}.pem`],
        ...["-days", expired ? "-1" : "2"],
      );
      return { cert: read(`${file}.pem`), key: read(`${file}.key`) };
    },

    close: () => rmSync(directory, { recursive: true }),
  };
}
