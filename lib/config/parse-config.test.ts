// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what is tested
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SOURCE_KINDS } from "../sources/index.ts";
import { parseConfig } from "./parse-config.ts";
import { ConfigError } from "./problems.ts";

const DAY_MS = 86_400_000;
const PEM = "-----BEGIN CERTIFICATE-----\nx\n";
const FILES: Record<string, string> = {
  "/etc/streamside/pw": "hunter2\n",
  "/etc/streamside/empty": "\n",
  "/etc/streamside/ca.pem": PEM,
  "/etc/streamside/seed": "SUAGMJH5XLGZKKQWAWKRZJIGMOU4HPFUYLXJMXOO5NLFEO2OOQJ5LPRDPM\n",
  "/etc/streamside/creds": "-----BEGIN NATS USER JWT-----\ne30\n",
};

function parse(text: string, env: Record<string, string> = {}) {
  const { sources, ...config } = parseConfig(text, {
    kinds: SOURCE_KINDS,
    path: "/etc/streamside/streamside.yaml",
    env,
    cwd: "/srv",
    readSecret: (path) => {
      const content = FILES[path];
      if (content === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
      return content;
    },
  });
  return { ...config, sources: sources.map((source) => source.config) };
}

function problemsOf(text: string, env: Record<string, string> = {}) {
  try {
    parse(text, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

/** The lines of one Kafka, NATS or gRPC source, with more lines after them; the source starts on line 2. */
const kafka = (...more: string[]) => source("id: k", "kind: kafka", "brokers: [a:9092]", ...more);
const nats = (...more: string[]) => source("id: n", "kind: nats", "servers: a:4222", ...more);
const grpc = (...more: string[]) => source("id: g", "kind: grpc", "target: a:50051", ...more);
const source = (first: string, ...rest: string[]) =>
  ["sources:", `  - ${first}`, ...rest.map((line) => `    ${line}`), ""].join("\n");

describe("a configuration that is right", () => {
  it("fills in defaults", () => {
    expect(parse(kafka())).toEqual({
      host: "127.0.0.1",
      port: 4400,
      publicHosts: [],
      dataDir: "/srv/data",
      metrics: { maxPositionSeries: 50_000 },
      sampling: { topologyIntervalMs: 30_000 },
      limits: { consumers: [] },
      history: {
        dir: "/srv/data/history",
        rawMs: 86_400_000,
        tiersMs: { "10s": 7 * DAY_MS, "1m": 90 * DAY_MS, "10m": 730 * DAY_MS },
        maxBytes: 2e9,
      },
      sources: [
        {
          id: "k",
          kind: "kafka",
          name: "k",
          brokers: ["a:9092"],
          clientId: "streamside",
          commitBudgetMs: 20,
          intervalMs: 1000,
          timeoutMs: 5000,
          tls: null,
          limits: { consumers: [] },
          sasl: null,
          groups: {},
          topics: {},
          probe: null,
        },
      ],
    });
    expect(parse(nats()).sources[0]).toEqual({
      id: "n",
      kind: "nats",
      name: "n",
      servers: ["a:4222"],
      monitoring: [],
      auth: { method: "none" },
      accounts: [],
      systemAccount: null,
      peekPayload: false,
      apiAudit: false,
      probe: null,
      intervalMs: 1000,
      timeoutMs: 5000,
      tls: null,
      limits: { consumers: [] },
      jetstream: true,
      streams: {},
    });
    expect(parse(grpc()).sources[0]).toEqual({
      id: "g",
      kind: "grpc",
      name: "g",
      target: "a:50051",
      uses: "auto",
      services: [],
      intervalMs: 1000,
      timeoutMs: 5000,
      tls: null,
      limits: { consumers: [] },
    });
  });

  it.each([
    [
      "a list with commas from the environment",
      source("id: k", "kind: kafka", "brokers: ${B}"),
      { B: "a:1, b:2" },
      { brokers: ["a:1", "b:2"] },
    ],
    ["a number from the environment", kafka("intervalMs: ${I:-500}"), {}, { intervalMs: 500 }],
    ["true from the environment", nats("jetstream: ${J}"), { J: "false" }, { jetstream: false }],
    ["TLS on", kafka("tls: true"), {}, { tls: { rejectUnauthorized: true } }],
    ["TLS off from the environment", kafka("tls: ${TLS:-false}"), {}, { tls: null }],
    [
      "TLS with an authority",
      kafka("tls: {caFile: ca.pem}"),
      {},
      { tls: { ca: PEM, rejectUnauthorized: true } },
    ],
    [
      "a password file, less its line break",
      kafka("sasl: {mechanism: PLAIN, username: u, passwordFile: pw}"),
      {},
      { sasl: { mechanism: "plain", username: "u", password: "hunter2" } },
    ],
    [
      "digits as a password",
      kafka("sasl: {mechanism: plain, username: u, password: '${P}'}"),
      { P: "0123" },
      { sasl: { mechanism: "plain", username: "u", password: "0123" } },
    ],
    [
      "a probe, with its defaults",
      kafka("probe: true"),
      {},
      { probe: { topic: "streamside-probe", intervalMs: 200, deadlineMs: 1000, lostAfterMs: 300_000 } },
    ],
    [
      "a probe of one's own",
      kafka("probe: {topic: here, lostAfterMs: '60000'}"),
      {},
      { probe: { topic: "here", intervalMs: 200, deadlineMs: 1000, lostAfterMs: 60_000 } },
    ],
    ["no probe", kafka("probe: false"), {}, { probe: null }],
    [
      "a NATS URL without port",
      source("id: n", "kind: nats", "servers: ['nats://a', '[::1]:5']"),
      {},
      { servers: ["a:4222", "[::1]:5"] },
    ],
    ["one monitoring URL", nats("monitoring: http://a:8222/"), {}, { monitoring: ["http://a:8222"] }],
    [
      "user and password",
      nats("user: u", "password: p"),
      {},
      { auth: { method: "password", user: "u", password: "p" } },
    ],
    [
      "a token file",
      nats("tokenFile: /etc/streamside/pw"),
      {},
      { auth: { method: "token", token: "hunter2" } },
    ],
    [
      "credentials",
      nats("credsFile: creds"),
      {},
      { auth: { method: "creds", creds: FILES["/etc/streamside/creds"] } },
    ],
    [
      "an NKey",
      nats("nkeyFile: seed"),
      {},
      { auth: { method: "nkey", seed: FILES["/etc/streamside/seed"]!.trim() } },
    ],
    [
      "a gRPC name",
      source("id: g", "kind: grpc", "target: dns:///a.example:443", "uses: [health, channelz]"),
      {},
      { target: "dns:///a.example:443", uses: ["health", "channelz"] },
    ],
    [
      "a gRPC name of a DNS server's",
      source("id: g", "kind: grpc", "target: dns://[::1]:5353/a.example:443"),
      {},
      { target: "dns://[::1]:5353/a.example:443" },
    ],
    [
      "a metrics URL",
      grpc("metrics: https://a:9464/stats?filter=grpc", "uses: [metrics]"),
      {},
      { metrics: "https://a:9464/stats?filter=grpc", uses: ["metrics"] },
    ],
    [
      "a metrics URL without a path",
      grpc("metrics: http://a:9464"),
      {},
      { metrics: "http://a:9464/metrics" },
    ],
  ] as const)("takes %s", (_, text, env, expected) => {
    expect(parse(text, env).sources[0]).toMatchObject(expected);
  });

  it("keeps nothing unless it is told to, and then so long and so much as it says", () => {
    const historyOf = (text: string) => parse(`${text}\n${kafka()}`).history;
    const tiersMs = { "10s": 7 * DAY_MS, "1m": 90 * DAY_MS, "10m": 730 * DAY_MS };
    const defaults = { dir: "/srv/data/history", rawMs: DAY_MS, tiersMs, maxBytes: 2e9 };
    expect(historyOf("history: true")).toEqual(defaults);
    expect(historyOf("dataDir: ../kept\nhistory: {}")?.dir).toMatch(/\/kept\/history$/);
    expect(historyOf("history: false")).toBeNull();
    expect(
      historyOf('history: { dir: /h, raw: 7d, tiers: { 10s: 2d, 10m: 5y }, maxBytes: "1.5 TB" }'),
    ).toEqual({
      ...{ dir: "/h", rawMs: 7 * DAY_MS, maxBytes: 1.5e12 },
      tiersMs: { "10s": 2 * DAY_MS, "1m": 90 * DAY_MS, "10m": 1_825 * DAY_MS },
    });
  });

  it("takes limits at the top, of a source and of consumers by name, as text with a unit", () => {
    const text = `limits: {late: 500ms, stalled: 90s, stopped: 1.5h, minBacklog: "20"}
${kafka("limits:", "  late: 5 m", "  consumers:", "    - {match: ^old-, ignore: true}", "    - {match: batch, late: 2d, minBacklog: 0, ignore: '${I}'}")}`;
    const { limits, sources } = parse(text, { I: "false" });
    expect(limits).toEqual({
      lateMs: 500,
      stalledMs: 90_000,
      stoppedMs: 5_400_000,
      minBacklog: 20,
      consumers: [],
    });
    expect(sources[0]!.limits).toEqual({
      lateMs: 300_000,
      consumers: [
        { match: "^old-", ignore: true },
        { match: "batch", lateMs: 172_800_000, minBacklog: 0, ignore: false },
      ],
    });
  });

  it("takes an anchor and <<, where the source's own keys win", () => {
    const text = `${kafka("tls: &t {servername: s}", "timeoutMs: 900")}  - &b {id: b, kind: grpc, target: a:1, tls: *t}\n  - {<<: *b, id: c, timeoutMs: 700}\n`;
    expect(parse(text).sources[2]).toMatchObject({
      id: "c",
      target: "a:1",
      timeoutMs: 700,
      tls: { servername: "s" },
    });
  });

  it("takes public hosts in every spelling", () => {
    const text = `publicHosts: [Streamside.Example.com, "10.0.0.5:8080", "::1", "[fd00::5]:443"]\n${kafka()}`;
    expect(parse(text).publicHosts).toEqual([
      { host: "streamside.example.com", port: null },
      { host: "10.0.0.5", port: 8080 },
      { host: "[::1]", port: null },
      { host: "[fd00::5]", port: 443 },
    ]);
    const env = { STREAMSIDE_PUBLIC_HOSTS: "a.example, b.example:81" };
    expect(parse(text, env).publicHosts).toEqual([
      { host: "a.example", port: null },
      { host: "b.example", port: 81 },
    ]);
    expect(parse(`publicHosts: \${H}\n${kafka()}`, { H: "a.example" }).publicHosts).toHaveLength(1);
  });

  it("lets the environment win over the file, and an empty variable not", () => {
    const text = `host: h\nport: 1\ndataDir: d\n${kafka()}`;
    expect(parse(text)).toMatchObject({ host: "h", port: 1, dataDir: "/etc/streamside/d" });
    const env = { STREAMSIDE_HOST: "::1", STREAMSIDE_PORT: "0", STREAMSIDE_DATA: "e" };
    expect(parse(text, env)).toMatchObject({ host: "::1", port: 0, dataDir: "/srv/e" });
    expect(parse(text, { STREAMSIDE_PORT: "" })).toMatchObject({ port: 1 });
  });
});

/** text → exactly these problems, each as `line path: message` (or its beginning). */
const BAD: [what: string, text: string, problems: string[], env?: Record<string, string>][] = [
  ["empty file", "", ["null : the file is empty"]],
  ["only comments", "# nothing\n\n", ["null : the file is empty"]],
  ["a file too large", `# ${"x".repeat(1024 * 1024)}`, ["null : the file is too large"]],
  ["a list at the top", "- a\n", ["1 : is a list"]],
  ["text at the top", "hello\n", ['1 : is "hello"']],
  ["malformed YAML", "port: 1\nsources: [a\nhost: b\n", ["3 : malformed YAML: Flow sequence"]],
  ["a tab", "sources:\n\t- id: a\n", ["2 : malformed YAML: Tabs are not allowed"]],
  ["two documents", `${kafka()}---\na: 1\n`, ["5 : malformed YAML: more than one document"]],
  ["a tag", kafka("name: !hunter2"), ["5 : malformed YAML: unknown tag (!)"]],
  ["brackets without end", "[".repeat(200_000), ["1 : malformed YAML: nested too deeply"]],
  [
    "deep nesting",
    `sources: ${"[".repeat(100)}${"]".repeat(100)}`,
    ["1 sources[0]: is a list", "1 sources[0]: is nested too deeply"],
  ],
  ["no sources", "port: 1\n", ["1 sources: is missing"]],
  ["sources without value", "port: 1\nsources:\n", ["2 sources: has no value"]],
  ["empty sources", "port: 1\nsources: []\n", ["2 sources: is an empty list"]],
  ["sources as a mapping", "sources:\n  a: 1\n", ["1 sources: is a mapping"]],
  ["a source that is text", "sources:\n  - kafka\n", ['2 sources[0]: is "kafka"']],
  ["duplicate key", `port: 1\n${kafka()}port: 2\n`, ["6 port: is set twice, first on line 1"]],
  ["key that is no text", `? [a]\n: 1\n${kafka()}`, ["1 : has a key that is not text"]],
  ["unknown key", kafka("broker: a:1"), ["5 sources[0].broker: unknown key broker, did you mean brokers?"]],
  ["unknown key unlike any", kafka("colour: red"), ["5 sources[0].colour: unknown key colour"]],
  ["unknown key at the top", `prot: 1\n${kafka()}`, ["1 prot: unknown key prot, did you mean port?"]],
  ["__proto__", `__proto__: {port: 5}\n${kafka()}`, ["1 __proto__: unknown key __proto__"]],
  [
    "unknown key in a mapping",
    kafka("sasl:", "  mechanism: plain", "  username: u", "  password: p", "  realm: r"),
    ["9 sources[0].sasl.realm: unknown key realm"],
  ],
  ["key of another kind", grpc("brokers: [a:1]"), ["5 sources[0].brokers: unknown key brokers"]],
  ["unset variable", kafka("name: x-${NOPE}"), ["5 sources[0].name: environment variable NOPE is not set"]],
  [
    "unset variable told once",
    kafka("intervalMs: ${NOPE}"),
    ["5 sources[0].intervalMs: environment variable NOPE is not set"],
  ],
  [
    "a property of every object",
    kafka("name: ${constructor}"),
    ["5 sources[0].name: environment variable constructor is not set"],
  ],
  ["broken ${", kafka("name: ${a b}"), ["5 sources[0].name: has a ${ that is not a variable"]],
  [
    "wrong value of a variable",
    kafka("intervalMs: ${I}"),
    ['5 sources[0].intervalMs: is what "${I}" brought'],
    { I: "soon" },
  ],
  ["wrong type", kafka("intervalMs: fast"), ['5 sources[0].intervalMs: is "fast"']],
  [
    "out of range",
    `port: 70000\n${kafka("intervalMs: 249")}`,
    ["1 port: is a number (70000)", "6 sources[0].intervalMs: is a number (249)"],
  ],
  [
    "public hosts that are none",
    `publicHosts:\n  - https://a.example\n  - "*.a.example"\n  - a.example/x\n  - 5\n  - a.example:0\n${kafka()}`,
    [
      "2 publicHosts[0]: is a URL; only its host",
      "3 publicHosts[1]: has a *; every name is listed by itself",
      '4 publicHosts[2]: is "a.example/x"',
      "5 publicHosts[3]: is a number (5), which needs quotes",
      '6 publicHosts[4]: is "a.example:0"',
    ],
  ],
  ["no public host", `publicHosts: []\n${kafka()}`, ["1 publicHosts: is an empty list"]],
  [
    "a misspelt publicHosts",
    `publichost: [a]\n${kafka()}`,
    ["1 publichost: unknown key publichost, did you mean publicHosts?"],
  ],
  ["fraction", kafka("timeoutMs: 1000.5"), ["5 sources[0].timeoutMs: is a number (1000.5)"]],
  ["number for text", kafka("name: 12"), ["5 sources[0].name: is a number (12), which needs quotes"]],
  ["list for text", kafka("name:", "  - a"), ["5 sources[0].name: is a list"]],
  ["text for a mapping", kafka("sasl: plain"), ['5 sources[0].sasl: is "plain"']],
  ["value for metrics", `metrics: 5\n${kafka()}`, ["1 metrics: is a number (5)"]],
  [
    "wrong sampling",
    `sampling:\n  topologyIntervalMs: 0\n${kafka()}`,
    ["2 sampling.topologyIntervalMs: is a number (0)"],
  ],
  [
    "limits without a unit",
    `limits:\n  late: 60\n  stalled: "90"\n${kafka("limits:", "  stopped: 5")}`,
    [
      "2 limits.late: is a number without a unit",
      "3 limits.stalled: is a number without a unit",
      "9 sources[0].limits.stopped: is a number without a unit",
    ],
  ],
  [
    "limits that are no times",
    kafka("limits:", "  late: soon", "  stalled: 5 minutes", "  stopped: 1ms", "  minBacklog: -1"),
    [
      '6 sources[0].limits.late: is "soon"',
      '7 sources[0].limits.stalled: is "5 minutes"',
      "8 sources[0].limits.stopped: is less than 100ms",
      "9 sources[0].limits.minBacklog: is a number (-1)",
    ],
  ],
  [
    "a history of too little, and of what nobody knows",
    `history:\n  raw: 5m\n  maxBytes: 1MB\n  maxbytes: 2GB\n  tiers: {10s: 1h, 1h: 3d}\n${kafka()}`,
    [
      "2 history.raw: is less than 15m",
      "3 history.maxBytes: is less than 10MB",
      "4 history.maxbytes: unknown key maxbytes, did you mean maxBytes?",
      "5 history.tiers.10s: is less than 6h",
      "5 history.tiers.1h: unknown key 1h",
    ],
  ],
  ["a limit too long", `limits: {late: 31d}\n${kafka()}`, ["1 limits.late: is more than 30d"]],
  [
    "ignore for everyone",
    kafka("limits:", "  ignore: true"),
    ["6 sources[0].limits.ignore: unknown key ignore"],
  ],
  ["limits as text", kafka("limits: none"), ['5 sources[0].limits: is "none"']],
  [
    "limits of consumers",
    kafka(
      "limits:",
      "  consumers:",
      "    - match: (",
      "      ignore: yes",
      "    - late: 1s",
      "    - match: a",
      "      lat: 1s",
    ),
    [
      "7 sources[0].limits.consumers[0].match: is not a regular expression (Unterminated group",
      '8 sources[0].limits.consumers[0].ignore: is "yes"',
      "9 sources[0].limits.consumers[1].match: is missing",
      "11 sources[0].limits.consumers[2].lat: unknown key lat, did you mean late?",
    ],
  ],
  [
    "limits of one consumer, no list",
    `limits: {consumers: {match: a}}\n${kafka()}`,
    ["1 limits.consumers: is a mapping"],
  ],
  [
    "a kind in capitals",
    "sources: [{id: a, kind: KAFKA, brokers: a:1}]\n",
    ['1 sources[0].kind: is "KAFKA", did you mean kafka?'],
  ],
  ["no kind", "sources:\n  - id: a\n", ["2 sources[0].kind: is missing"]],
  [
    "wrong kind, and more",
    "sources:\n  - id: a b\n    kind: kafak\n    tls: 5\n",
    [
      '2 sources[0].id: is "a b"',
      '3 sources[0].kind: is "kafak", did you mean kafka?',
      "4 sources[0].tls: is a number (5)",
    ],
  ],
  [
    "no id, no brokers",
    "sources:\n  - kind: kafka\n",
    ["2 sources[0].id: is missing", "2 sources[0].brokers: is missing"],
  ],
  ["long id", source(`id: ${"a".repeat(65)}`, "kind: grpc", "target: a:1"), ['2 sources[0].id: is "aaaa']],
  [
    "duplicate id",
    `${kafka()}  - id: x\n    kind: grpc\n    target: a:1\n  - kind: grpc\n    target: a:1\n    id: k\n`,
    ["10 sources[2].id: is the same as on line 2"],
  ],
  [
    "duplicate id beside other mistakes",
    `${kafka("x: 1")}  - id: k\n    kind: grpc\n`,
    [
      "5 sources[0].x: unknown key",
      "6 sources[1].id: is the same as on line 2",
      "6 sources[1].target: is missing",
    ],
  ],
  [
    "broker without port",
    source("id: k", "kind: kafka", "brokers:", "  - a:1", "  - b"),
    ['6 sources[0].brokers[1]: is "b"'],
  ],
  [
    "broker in a text with commas",
    source("id: k", "kind: kafka", 'brokers: "a:1,b"'),
    ["4 sources[0].brokers[1]: item 2 does not fit"],
  ],
  ["no brokers", source("id: k", "kind: kafka", "brokers: []"), ["4 sources[0].brokers: is an empty list"]],
  [
    "port out of range",
    source("id: k", "kind: kafka", "brokers: [a:65536]"),
    ['4 sources[0].brokers[0]: is "a:65536"'],
  ],
  [
    "mechanism",
    kafka("sasl: {mechanism: scram-sha-265, username: u, password: p}"),
    ['5 sources[0].sasl.mechanism: is "scram-sha-265", did you mean scram-sha-256?'],
  ],
  [
    "a probe that loses what is not yet late",
    kafka("probe: {deadlineMs: 5000, lostAfterMs: 2000}"),
    ["5 sources[0].probe.lostAfterMs: leaves no time between late and lost"],
  ],
  ["a probe that is no mapping", kafka("probe: often"), ['5 sources[0].probe: is "often"']],
  ["a topic Kafka would refuse", kafka("probe: {topic: a/b}"), ['5 sources[0].probe.topic: is "a/b"']],
  ["a probe without pause", kafka("probe: {intervalMs: 0}"), ["5 sources[0].probe.intervalMs: is a number"]],
  [
    "both passwords",
    kafka("sasl:", "  mechanism: plain", "  username: u", "  password: hunter2", "  passwordFile: pw"),
    ["9 sources[0].sasl.passwordFile: is set beside password"],
  ],
  [
    "no password",
    kafka("sasl:", "  mechanism: plain", "  username: u"),
    ["5 sources[0].sasl: has no password"],
  ],
  [
    "password as a number",
    kafka("sasl: {mechanism: plain, username: u, password: 31337}"),
    ["5 sources[0].sasl.password: is a number that does not fit"],
  ],
  [
    "missing secret file",
    kafka("sasl: {mechanism: plain, username: u, passwordFile: hunter2}"),
    ["5 sources[0].sasl.passwordFile: the file cannot be read (no such file)"],
  ],
  ["empty secret file", nats("tokenFile: empty"), ["5 sources[0].tokenFile: the file is empty"]],
  [
    "file of another sort",
    nats("nkeyFile: pw", "tls:", "  caFile: pw"),
    [
      "5 sources[0].nkeyFile: the file does not hold that",
      "7 sources[0].tls.caFile: the file does not hold that",
    ],
  ],
  [
    "certificate without key",
    kafka("tls:", "  certFile: ca.pem"),
    ["6 sources[0].tls.certFile: is set without keyFile"],
  ],
  [
    "regular expression",
    kafka("groups:", "  include: 'a('"),
    ["6 sources[0].groups.include: is not a regular expression (Unterminated group)"],
  ],
  [
    "credentials in a URL",
    source("id: n", "kind: nats", "servers: nats://u:hunter2@a:1", "monitoring: http://u:hunter2@a:1"),
    ["4 sources[0].servers[0]: item 1 does not fit", "5 sources[0].monitoring[0]: item 1 does not fit"],
  ],
  [
    "a web address as server",
    source("id: n", "kind: nats", "servers: [http://a:4222]"),
    ['4 sources[0].servers[0]: is "http://a:4222"'],
  ],
  [
    "an account without a way to sign in",
    nats("accounts:", "  - name: billing"),
    ["6 sources[0].accounts[0]: has no way to sign in"],
  ],
  [
    "two accounts of one name",
    nats("accounts:", "  - {name: a, token: t}", "  - {name: a, token: u}"),
    ["7 sources[0].accounts[1].name: is the name of another account of this source"],
  ],
  [
    "a system account without a user",
    nats("systemAccount:", "  password: p"),
    ["6 sources[0].systemAccount.password: is set without user"],
  ],
  ["a probe on a wildcard", nats("probe:", "  subject: a.>"), ["6 sources[0].probe.subject"]],
  [
    "two ways to sign in",
    nats("user: u", "password: p", "token: hunter2"),
    ["7 sources[0].token: is set beside user"],
  ],
  ["half a way to sign in", nats("user: u"), ["5 sources[0].user: is set without a password"]],
  ["password without user", nats("password: hunter2"), ["5 sources[0].password: is set without user"]],
  ["JetStream domain", nats("jsDomain: a.b"), ['5 sources[0].jsDomain: is "a.b"']],
  [
    "target URL",
    source("id: g", "kind: grpc", "target: https://a:443"),
    ['4 sources[0].target: is "https://a:443"'],
  ],
  ["uses", grpc("uses: [health, guess]"), ["5 sources[0].uses: is a list"]],
  [
    "DNS server by name",
    source("id: g", "kind: grpc", "target: dns://ns.example/a:443"),
    ['4 sources[0].target: is "dns://ns.example/a:443"'],
  ],
  [
    "metrics without a URL",
    grpc("uses: [health, metrics]"),
    ["5 sources[0].uses: lists metrics, and there is no"],
  ],
  [
    "metrics nobody wants",
    grpc("uses: health", "metrics: http://a:1/metrics"),
    ["6 sources[0].metrics: is set, and uses does not list metrics"],
  ],
  ["metrics address", grpc("metrics: a:9464"), ["5 sources[0].metrics: is"]],
  ["credentials in a metrics URL", grpc("metrics: http://u:p@a:9464/"), ["5 sources[0].metrics: is"]],
  [
    "alias without anchor",
    kafka("sasl: {mechanism: plain, username: u, password: *hunter2}"),
    ["5 sources[0].sasl.password: is an alias (*) without an anchor"],
  ],
  ["anchor that holds itself", "sources: &a\n  - *a\n", ["2 sources[0]: is an alias (*) without an anchor"]],
  ["merge of a text", `${kafka("<<: hello")}`, ["5 sources[0].<<: does not name a mapping"]],
  [
    "secret as a key",
    kafka("sasl: {password:hunter2 , mechanism: plain, username: u, password: p}"),
    ["5 sources[0].sasl.?: unknown key ?"],
  ],
  [
    "mistakes in the environment",
    "port: x\n",
    [
      'null STREAMSIDE_PORT: is "abc"',
      'null STREAMSIDE_HOST: is "a b"',
      '1 port: is "x"',
      "1 sources: is missing",
    ],
    { STREAMSIDE_PORT: "abc", STREAMSIDE_HOST: "a b" },
  ],
];

describe("bad input", () => {
  it.each(BAD)("%s", (_, text, expected, env = {}) => {
    const problems = problemsOf(text, env);
    const seen = problems.map((p) => `${p.line} ${p.path}: ${p.message}`);
    expect(seen.sort().map((line, i) => line.slice(0, [...expected].sort()[i]?.length))).toEqual(
      [...expected].sort(),
    );
    for (const problem of problems) expect(problem.expected).not.toMatch(/^$|Invalid|undefined/);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });

  it("names what was expected, and the column", () => {
    expect(problemsOf(grpc("intervalMs: 5", "kidn: x"))).toEqual([
      {
        line: 5,
        column: 17,
        path: "sources[0].intervalMs",
        message: "is a number (5)",
        expected: "a whole number from 250 to 60000 milliseconds",
      },
      {
        line: 6,
        column: 5,
        path: "sources[0].kidn",
        message: "unknown key kidn, did you mean kind?",
        expected:
          "one of id, kind, name, intervalMs, timeoutMs, tls, limits, target, uses, metrics, services",
      },
    ]);
    expect(problemsOf("sources:\n  - id: a\n")[0]?.expected).toBe("one of kafka, nats, grpc");
  });

  it("does not show a value that came from the environment", () => {
    const secret = { S: "hunter2(" };
    const text = kafka(
      "name: ['${S}']",
      "intervalMs: ${S}",
      "groups: {include: '${S}'}",
      "sasl: {mechanism: '${S}', username: '${S}', password: ['${S}']}",
    );
    const problems = problemsOf(text, secret);
    expect(problems.map((p) => p.line)).toEqual([5, 6, 7, 8, 8]);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });

  it("holds against alias bombs and floods", () => {
    const bomb = Array.from(
      { length: 30 },
      (_, i) => `a${i}: &a${i} [${`*a${i - 1}, `.repeat(i && 10)}]`,
    ).join("\n");
    const start = performance.now();
    expect(problemsOf(bomb).length).toBeGreaterThan(30);
    expect(
      problemsOf(`a: &a {}\nsources: [${"*a,".repeat(20_000)}]`).some((p) => p.message.includes("too many")),
    ).toBe(true);
    expect(problemsOf(Array.from({ length: 10_000 }, (_, i) => `key${i}: 1`).join("\n"))).toHaveLength(
      10_001,
    );
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it("holds against more mistakes than a call has arguments", () => {
    expect(problemsOf("a:\n".repeat(150_000)).length).toBeGreaterThan(149_999);
  }, 30_000);

  it("says that a variable in brackets needs quotes", () => {
    expect(problemsOf("x: [${S}]")[0]).toMatchObject({
      line: 1,
      expected: expect.stringContaining("quotes around ${…}"),
    });
  });
});

describe("any text at all", () => {
  const words = fc.constantFrom(
    "sources",
    "kafka",
    "id",
    "kind",
    ":",
    " ",
    "\n",
    "- ",
    "  ",
    "&a",
    "*a",
    "<<",
    "${",
    "}",
    "{",
    "[",
    "]",
    "!",
    "'",
    '"',
    "|",
    "?",
    ",",
    "tls",
    "true",
    "1",
    "%",
    "---",
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(words, { maxLength: 60 }).map((w) => w.join("")),
  );
  it("gives a configuration or a ConfigError", () => {
    fc.assert(
      fc.property(texts, fc.dictionary(fc.string(), fc.string()), (text, env) => {
        for (const problem of problemsOf(text, env)) expect(problem.expected).not.toBe("");
      }),
      { numRuns: 400 },
    );
  });

  const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom("kafka", "nats", "grpc", "a:1", true, 5, null),
      fc.string(),
      fc.array(tie("value"), { maxLength: 3 }),
      tie("map"),
    ),
    map: fc.dictionary(
      fc.constantFrom(
        "sources",
        "id",
        "kind",
        "brokers",
        "servers",
        "target",
        "tls",
        "sasl",
        "groups",
        "uses",
        "caFile",
        "user",
        "password",
        "token",
        "__proto__",
        "include",
      ),
      tie("value"),
      { maxKeys: 6 },
    ),
  })).value;
  it("gives a configuration or a ConfigError for any shape of known keys", () => {
    const sources = fc.array(fc.tuple(fc.constantFrom("kafka", "nats", "grpc", "x"), json), { maxLength: 3 });
    fc.assert(
      fc.property(sources, (list) => {
        const items = list.map(([kind, rest]) => ({
          id: "a",
          kind,
          ...(typeof rest === "object" ? rest : {}),
        }));
        for (const problem of problemsOf(JSON.stringify({ sources: items }))) {
          expect(problem.line).toBe(1);
          expect(problem.expected).not.toMatch(/^$|Invalid/);
        }
      }),
      { numRuns: 400 },
    );
  });
});
