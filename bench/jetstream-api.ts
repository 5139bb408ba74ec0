import { connect, createInbox, type NatsConnection } from "@nats-io/transport-node";

const AT_ONCE = 64;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export function openNats(address: string): Promise<NatsConnection> {
  return connect({ servers: address, name: "bench", timeout: 10_000 });
}

export async function askJetStream(nc: NatsConnection, subject: string, body: object): Promise<void> {
  const message = await nc.request(`$JS.API.${subject}`, JSON.stringify(body), { timeout: 60_000 });
  const { error } = message.json<{ error?: { description?: string } }>();
  if (error) throw new Error(`${subject}: ${error.description}`);
}

export async function atOnce<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await task(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
}

export function range(length: number): number[] {
  return Array.from({ length: Math.max(0, length) }, (_, n) => n);
}

export type Reader = ReturnType<typeof createReader>;

/** Pulls through the API and acknowledges a share of what comes. */
export function createReader(nc: NatsConnection, share: number) {
  const inbox = createInbox();
  let seen = 0;
  nc.subscribe(inbox, {
    callback: (error, { reply }) => {
      // What has no reply says that there is no message.
      if (error || reply === undefined || reply === "") return;
      if ((seen++ % 10) / 10 < share) nc.publish(reply);
    },
  });
  return {
    read(stream: string, consumer: string, batch: number) {
      const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
      nc.publish(subject, JSON.stringify({ batch, no_wait: true }), { reply: inbox });
    },
    async untilQuiet() {
      for (let before = -1; before !== seen; ) {
        before = seen;
        await sleep(500);
      }
    },
  };
}
