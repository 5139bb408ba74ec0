#!/usr/bin/env bash
# @nats-io/transport-node 3.3.1 (with @nats-io/nats-core 3.3.1), against nats-server 2.15.2.
#
# Requests over one connection, all of them answered, with noAsyncTraces set, which its documentation recommends for the
# speed of requests. Guess: where nothing goes wrong and traces are off, no error object is made.
# Behaviour: each answered request makes one RequestError ("cancelled") and throws it away: a request is cancelled after it
# was answered, and its promise, settled by then, is rejected once more. An error takes its stack when it is made.
#
# Seen: answered=200 errors=200 first=RequestError: cancelled
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; wait 2>/dev/null; chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
GOBIN="$folder/bin" GOPATH="$folder/go" GOFLAGS=-modcacherw go install github.com/nats-io/nats-server/v2@v2.15.2
npm install --silent --no-audit --no-fund @nats-io/transport-node@3.3.1
./bin/nats-server -a 127.0.0.1 -p -1 --ports_file_dir "$folder" > server.log 2>&1 &
server=$!
cat > ask.cjs <<'JS'
const { readdirSync, readFileSync } = require("node:fs");
const { setTimeout: delay } = require("node:timers/promises");

// Errors that the library defines extend this one: it is loaded after it.
const Plain = Error;
const made = [];
let isCounting = false;
globalThis.Error = class extends Plain {
  constructor(message, options) {
    super(message, options);
    if (isCounting) made.push(`${new.target.name}: ${message}`);
  }
};
const { connect } = require("@nats-io/transport-node");

(async () => {
  let ports;
  while (!ports) {
    const file = readdirSync(".").find((name) => name.endsWith(".ports"));
    if (file) ports = JSON.parse(readFileSync(file, "utf8"));
    else await delay(50);
  }
  const nc = await connect({ servers: ports.nats[0], noAsyncTraces: true });
  nc.subscribe("echo", { callback: (_, message) => message.respond(message.data) });
  await nc.request("echo", "first");
  isCounting = true;
  let answered = 0;
  for (let n = 0; n < 200; n++) {
    const { data } = await nc.request("echo", `${n}`);
    if (new TextDecoder().decode(data) === `${n}`) answered++;
  }
  isCounting = false;
  console.log(`answered=${answered} errors=${made.length} first=${made[0]}`);
  await nc.close();
  process.exit(answered === 200 && made.length === 200 ? 0 : 1);
})();
JS
node ask.cjs
