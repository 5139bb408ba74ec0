import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { NatsAuthOptions } from "../config.ts";

/** How to sign in; undefined: not at all. Throws `AUTH` for secrets that cannot be read, before anything connects. */
export function createAuthenticator(auth: NatsAuthOptions | undefined): Authenticator | undefined {
  if (!auth) return undefined;
  if ("user" in auth) return usernamePasswordAuthenticator(auth.user, auth.password);
  if ("token" in auth) return tokenAuthenticator(auth.token);
  const bytes = (secret: string | Uint8Array) =>
    typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
  const authenticator =
    "creds" in auth ? credsAuthenticator(bytes(auth.creds)) : nkeyAuthenticator(bytes(auth.nkeySeed.trim()));
  try {
    authenticator("trial");
  } catch (cause) {
    throw new CollectorError(
      "AUTH",
      "creds" in auth ? "The credentials cannot be read." : "The NKey seed cannot be read.",
      "creds" in auth
        ? "Give the whole content of a .creds file: user JWT and seed."
        : "Give a user seed; it begins with SU.",
      { cause },
    );
  }
  return authenticator;
}
