import { dirname, resolve } from "node:path";
import type * as z from "zod";
import { field, flag, mapping, switchable, text } from "./fields.ts";
import type { TlsConfig } from "./types.ts";

/** Reads a file named in the configuration; throws as `node:fs` does. Injected so that parsing stays pure. */
export type ReadSecret = (absolutePath: string) => string;

/** Fields whose text is never repeated in a message: secrets, and paths, where people paste secrets by mistake. */
export function isSecretKey(key: string | number | undefined): boolean {
  return typeof key === "string" && /^(password|token|.*File)$/.test(key);
}

export function secret() {
  return text("text", /[\s\S]/, 100_000);
}

export type SecretFiles = ReturnType<typeof createSecretFiles>;

/** `…File` fields: the value becomes the content of the file. Paths are relative to the configuration file. */
export function createSecretFiles(configPath: string, readSecret: ReadSecret) {
  const file = (expected: string, pattern: RegExp) =>
    field(`a readable file ${expected}, its path relative to the configuration file`, (v, because) => {
      if (typeof v !== "string" || v.trim() === "") return undefined;
      try {
        const content = readSecret(resolve(dirname(configPath), v));
        if (pattern.test(content)) return content;
        because(content.trim() === "" ? "the file is empty" : "the file does not hold that");
      } catch (error) {
        because(`the file cannot be read (${describeFileError(error)})`);
      }
      return undefined;
    });
  return {
    /** A password or token: editors end files with a line break that is no part of it. */
    line: () => file("with the secret", /\S/).transform((content) => content.replace(/\r?\n$/, "")),
    nkey: () => file("with an NKey seed", /^\s*S[A-Z2-7]{30,}\s*$/).transform((content) => content.trim()),
    creds: () => file("with NATS credentials", /BEGIN NATS USER JWT/),
    pem: () => file("in PEM form", /-----BEGIN /),
  };
}

/** `tls: true | false | {…}`; undefined means plain text. */
export function tls(files: SecretFiles) {
  const options = mapping(
    {
      caFile: files.pem().exactOptional(),
      certFile: files.pem().exactOptional(),
      keyFile: files.pem().exactOptional(),
      servername: text("a host name").exactOptional(),
      rejectUnauthorized: flag().default(true),
    },
    "true, false, or a mapping with caFile, certFile, keyFile, servername, rejectUnauthorized",
  );
  return switchable(options);
}

/** The `tls` field as Node's `tls` wants it. */
export function mapTls(parsed: z.output<ReturnType<typeof tls>>): TlsConfig | null {
  if (!parsed) return null;
  const { caFile: ca, certFile: cert, keyFile: key, ...rest } = parsed;
  return {
    ...rest,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

/** What failed, by code and without the path. */
export function describeFileError(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  const words: Record<string, string> = {
    ENOENT: "no such file",
    EACCES: "permission denied",
    EISDIR: "it is a directory",
    EFBIG: "larger than 1 MiB",
    ERR_ENCODING_INVALID_ENCODED_DATA: "not UTF-8 text",
  };
  return words[code] ?? code;
}
