// Import direction (design: one direction, no cycles). `scripts/verify.mjs` also fails when no module was seen.
/** @type {import("dependency-cruiser").IConfiguration} */
const rule = (name, from, to, comment) => ({ name, severity: "error", comment, from, to });
const TESTS = "\\.(test|int\\.test)\\.tsx?$|contract-check\\.ts$|/test-[a-z-]+\\.tsx?$";
const SHARED_BY_COLLECTORS =
  "lib/collectors/(all-or-late|causes|contract|event-text|open-loop|probe-book|probe-report|section|with-probe)";
const only = (name, folder, allowed, comment) =>
  rule(
    name,
    { path: `^${folder}/`, pathNot: TESTS },
    {
      path: "^(lib|app|components|brokers|packages|server|demo)",
      pathNot: `^(${folder}|${allowed.join("|")})(/|\\.ts)`,
    },
    comment,
  );

module.exports = {
  forbidden: [
    rule("no-cycles", {}, { circular: true }, "A cycle means two things are one."),
    rule("no-unresolved", {}, { couldNotResolve: true }, "An import that leads nowhere."),
    only("model-imports-nothing", "lib/model", ["lib/model"], "The vocabulary stands on its own."),
    only(
      "format-imports-model",
      "lib/format",
      ["lib/model"],
      "Formatting is pure and shared by server and browser.",
    ),
    only("derive-is-pure", "lib/derive", ["lib/model", "lib/format"], "Readings from columns, nothing else."),
    only("config-stands-alone", "lib/config", ["lib/model"], "Parsed once, at the edge."),
    only(
      "kafka-collector",
      "lib/collectors/kafka",
      ["lib/model", "lib/format", SHARED_BY_COLLECTORS],
      "A collector only samples.",
    ),
    only(
      "nats-collector",
      "lib/collectors/nats",
      ["lib/model", "lib/format", SHARED_BY_COLLECTORS],
      "A collector only samples.",
    ),
    only(
      "grpc-collector",
      "lib/collectors/grpc",
      ["lib/model", "lib/format", SHARED_BY_COLLECTORS, "packages/grpc-health/src"],
      "A collector only samples.",
    ),
    only(
      "collectors",
      "lib/collectors",
      ["lib/model", "lib/format", "lib/config", "packages/grpc-health/src"],
      "Collectors know neither store nor push.",
    ),
    only(
      "store",
      "lib/store",
      ["lib/model", "lib/format", "lib/derive", "lib/collectors/(contract|scheduler)"],
      "The store knows nobody who reads it.",
    ),
    only("push", "lib/push", ["lib/model"], "Push is handed what it evaluates."),
    only("http", "lib/http", ["lib/model", "lib/push/problem"], "HTTP is handed what it evaluates."),
    only("metrics", "lib/metrics", ["lib/model", "lib/store", "lib/derive"], "Metrics read the store."),
    only("live", "lib/live", ["lib/model"], "The browser side shares only the model with the server."),
    only(
      "components",
      "components",
      ["lib/live", "lib/format", "lib/model"],
      "Components see live data and formatting only.",
    ),
    only(
      "app",
      "app",
      ["components", "lib/live", "lib/format", "lib/model"],
      "Routes only assemble components.",
    ),
    only(
      "runtime",
      "lib/runtime",
      ["lib/(model|config|collectors|derive|store|push|http|metrics)"],
      "The runtime assembles.",
    ),
    only(
      "lab",
      "lib/lab",
      ["lib/model", "packages/grpc-health/src"],
      "The load is a user of the brokers, not of Streamside.",
    ),
    only("brokers", "brokers", ["brokers"], "Finding brokers is independent of what watches them."),
    only("grpc-health", "packages/grpc-health", ["packages/grpc-health"], "A package others install."),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|\\.next|node_modules)" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
      extensions: [".ts", ".tsx", ".js", ".mjs", ".json"],
    },
  },
};
