/** The JWTs of a NATS operator, an account and its users, as `nsc` makes them. */
import { nkeys } from "@nats-io/transport-node";

type Keys = ReturnType<typeof nkeys.createUser>;

const base64url = (value: string | Uint8Array) => Buffer.from(value).toString("base64url");

function sign(issuer: Keys, subject: Keys, name: string, nats: object, expiresAt?: number): string {
  const claims = {
    jti: subject.getPublicKey(),
    iat: Math.floor(Date.now() / 1_000),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name,
    nats: { version: 2, ...nats },
    ...(expiresAt !== undefined && { exp: Math.floor(expiresAt / 1_000) }),
  };
  const header = { typ: "JWT", alg: "ed25519-nkey" };
  const body = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
  return `${body}.${base64url(issuer.sign(new TextEncoder().encode(body)))}`;
}

const connections = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, conn: -1, leaf: -1 };
const jetstream = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1, wildcards: true };

export interface Operator {
  /** Lines for nats-server: operator, system account and every account, in memory. */
  readonly config: string;
  /** The content of a `.creds` file. */
  creds(account: "APP" | "SYS", user: object, expiresAt?: number): string;
}

/** An operator with the accounts APP (with JetStream) and SYS. */
export function createOperator(): Operator {
  const operator = nkeys.createOperator();
  const keys = { APP: nkeys.createAccount(), SYS: nkeys.createAccount() };
  const system_account = keys.SYS.getPublicKey();
  const account = (name: keyof typeof keys, limits: object) =>
    sign(operator, keys[name], name, { type: "account", limits: { ...connections, ...limits } });
  return {
    config: `
      operator: ${sign(operator, operator, "test", { type: "operator", system_account })}
      system_account: ${system_account}
      resolver: MEMORY
      resolver_preload: {
        ${keys.APP.getPublicKey()}: ${account("APP", jetstream)}
        ${system_account}: ${account("SYS", { wildcards: true })}
      }`,
    creds(of, permissions, expiresAt) {
      const user = nkeys.createUser();
      const limits = { subs: -1, data: -1, payload: -1 };
      const jwt = sign(keys[of], user, "reader", { type: "user", ...limits, ...permissions }, expiresAt);
      const seed = new TextDecoder().decode(user.getSeed());
      return [
        "-----BEGIN NATS USER JWT-----",
        jwt,
        "------END NATS USER JWT------",
        "",
        "-----BEGIN USER NKEY SEED-----",
        seed,
        "------END USER NKEY SEED------",
        "",
      ].join("\n");
    },
  };
}
