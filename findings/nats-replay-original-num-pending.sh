#!/usr/bin/env bash
# nats-server 2.15.2 (Go module github.com/nats-io/nats-server/v2), read through @nats-io/jetstream 3.3.1.
#
# A pull consumer with replay_policy "original" gets messages at the distance in which they were written. Guess: until a
# message is delivered it counts in num_pending, so num_pending + num_ack_pending is always what is left to acknowledge.
# Behaviour: the message that the server holds for its moment is in neither. With three messages written 3 s apart and a
# pull that waits, num_pending reads 1 while two are still to be delivered; nothing else in the consumer's info says so.
#
# Seen: after the first delivery: num_pending=1 num_ack_pending=1 delivered=1 of 3 messages
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; wait 2>/dev/null; chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
GOBIN="$folder/bin" GOPATH="$folder/go" GOFLAGS=-modcacherw go install github.com/nats-io/nats-server/v2@v2.15.2
printf '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund @nats-io/jetstream@3.3.1 @nats-io/transport-node@3.3.1
./bin/nats-server -a 127.0.0.1 -p -1 -js -sd "$folder/data" --ports_file_dir "$folder" > server.log 2>&1 &
server=$!
cat > ask.mjs <<'JS'
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

let ports;
while (!ports) {
  const file = readdirSync(".").find((name) => name.endsWith(".ports"));
  if (file) ports = JSON.parse(readFileSync(file, "utf8"));
  else await delay(50);
}
const nc = await connect({ servers: ports.nats[0] });
const manager = await jetstreamManager(nc);
const js = jetstream(nc);
await manager.streams.add({ name: "S", subjects: ["s"], storage: "memory" });
for (let n = 0; n < 3; n++) {
  if (n > 0) await delay(3000);
  await js.publish("s", `${n}`);
}
await manager.consumers.add("S", { durable_name: "c", ack_policy: "explicit", replay_policy: "original" });
const messages = await (await js.consumers.get("S", "c")).fetch({ max_messages: 3, expires: 20_000 });
const told = await (async () => {
  for await (const _ of messages) {
    await delay(1000);
    return manager.consumers.info("S", "c");
  }
})();
const { num_pending, num_ack_pending, delivered } = told;
console.log(`after the first delivery: num_pending=${num_pending} num_ack_pending=${num_ack_pending} delivered=${delivered.consumer_seq} of 3 messages`);
await nc.close();
process.exit(num_pending === 1 && num_ack_pending === 1 && delivered.consumer_seq === 1 ? 0 : 1);
JS
node ask.mjs
