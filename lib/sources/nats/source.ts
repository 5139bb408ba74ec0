import { defineSource } from "../definition.ts";
import { nameFilter } from "../name-filter.ts";
import { createNatsCollector } from "./collector.ts";
import type { NatsAuthOptions } from "./config.ts";
import { createNatsReader, type NatsAuth, type NatsSourceConfig } from "./source-config.ts";
import { NATS_TRAITS } from "./traits.ts";

export const NATS = defineSource<NatsSourceConfig>({
  ...NATS_TRAITS,
  createReader: createNatsReader,
  addresses: ({ servers }) => servers,

  createCollector: (config, _settings, clock) =>
    createNatsCollector({
      id: config.id,
      servers: config.servers,
      monitoring: config.monitoring,
      auth: natsAuth(config.auth),
      accounts: config.accounts.flatMap(({ name, auth }) => {
        const options = natsAuth(auth);
        return options === undefined ? [] : { name, auth: options };
      }),
      systemAccount: config.systemAccount === null ? undefined : natsAuth(config.systemAccount),
      peekPayload: config.peekPayload,
      apiAudit: config.apiAudit,
      probe: config.probe ?? undefined,
      tls: config.tls ?? undefined,
      jetstream: config.jetstream,
      domain: config.jsDomain,
      inboxPrefix: config.inboxPrefix,
      streams: nameFilter(config.streams),
      connectTimeoutMs: config.timeoutMs,
      requestTimeoutMs: config.timeoutMs,
      clock,
    }),
});

function natsAuth(auth: NatsAuth): NatsAuthOptions | undefined {
  switch (auth.method) {
    case "none":
      return undefined;
    case "password":
      return { user: auth.user, password: auth.password };
    case "token":
      return { token: auth.token };
    case "creds":
      return { creds: auth.creds };
    case "nkey":
      return { nkeySeed: auth.seed };
  }
}
