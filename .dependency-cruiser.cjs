// Import direction (one direction, no cycles). `scripts/verify.mjs` also fails when no module was seen.
/** @type {import("dependency-cruiser").IConfiguration} */
const rule = (name, from, to, comment) => ({ name, severity: "error", comment, from, to });
const TESTS =
  "\\.(test|int\\.test)\\.tsx?$|contract-check\\.ts$|\\.fixture\\.tsx?$|-fixtures\\.tsx?$|/test-[a-z-]+\\.tsx?$";
const SAMPLE = ["lib/model", "lib/format", "lib/sample"];
const only = (name, folder, allowed, comment) =>
  rule(
    name,
    { path: `^${folder}/`, pathNot: TESTS },
    {
      path: "^(lib|app|components|brokers|packages|server|demo)",
      pathNot: `^(${[folder, ...allowed].join("|")})(/|\\.ts|$)`,
    },
    comment,
  );
/** What defines a kind of source: the only files in its folder that know of the configuration. */
const DEFINITIONS = "/source(-config)?\\.ts$";
const SHARED_BY_SOURCES = [...SAMPLE, "lib/async", "lib/sources/(causes|event-text|kind-traits|probe)"];

module.exports = {
  forbidden: [
    rule("no-cycles", {}, { circular: true }, "A cycle means two things are one."),
    rule("no-unresolved", {}, { couldNotResolve: true }, "An import that leads nowhere."),
    only("model-imports-nothing", "lib/model", [], "The vocabulary stands on its own."),
    only("async", "lib/async", ["lib/model"], "Waiting knows nothing of what is waited for."),
    only("format", "lib/format", ["lib/model"], "Formatting is pure and shared by server and browser."),
    only("sample", "lib/sample", ["lib/model"], "What a sample is, and nobody who makes or reads one."),
    only("derive-is-pure", "lib/derive", SAMPLE, "Readings from columns, nothing else."),
    only("config-stands-alone", "lib/config", ["lib/model"], "Parsed once, at the edge."),
    rule(
      "collectors",
      { path: "^lib/sources/([^/]+)/", pathNot: `${TESTS}|${DEFINITIONS}` },
      {
        path: "^(lib|app|components|brokers|server|demo)",
        pathNot: `^(lib/sources/$1|${SHARED_BY_SOURCES.join("|")})(/|\\.ts|$)`,
      },
      "A collector only samples.",
    ),
    rule(
      "definitions",
      { path: `^lib/sources/([^/]+)${DEFINITIONS}` },
      { path: "^lib/sources/[^/]+/", pathNot: "^lib/sources/($1|probe)/" },
      "Kinds of source know nothing of each other.",
    ),
    rule(
      "grpc-health-is-for-grpc",
      { path: "^lib/sources/", pathNot: `${TESTS}|^lib/sources/grpc/` },
      { path: "^packages/" },
      "What a gRPC service adds to be seen is read by the gRPC collector alone.",
    ),
    only(
      "sources",
      "lib/sources",
      [...SAMPLE, "lib/async", "lib/config", "packages/grpc-health/src"],
      "Collectors know neither pipeline nor store.",
    ),
    only(
      "pipeline",
      "lib/pipeline",
      [...SAMPLE, "lib/async", "lib/derive"],
      "What a sample becomes, whoever reads it.",
    ),
    only(
      "store",
      "lib/store",
      [...SAMPLE, "lib/derive", "lib/pipeline"],
      "The store knows nobody who reads it.",
    ),
    only(
      "recording",
      "lib/recording",
      [...SAMPLE, "lib/async", "lib/pipeline", "lib/store"],
      "What went in is kept, and put in again; what is made of it is nobody's affair here.",
    ),
    only(
      "views",
      "lib/views",
      [...SAMPLE, "lib/derive", "lib/pipeline", "lib/store"],
      "A view is of what is stored, and knows nobody it is shown to.",
    ),
    only("push", "lib/serve/push", ["lib/model"], "Push is handed what it evaluates."),
    only(
      "http",
      "lib/serve/http",
      ["lib/model", "lib/format"],
      "HTTP is handed what it evaluates, and tells it as text.",
    ),
    only(
      "metrics",
      "lib/serve/metrics",
      [...SAMPLE, "lib/derive", "lib/pipeline", "lib/store"],
      "Metrics read the store.",
    ),
    only("live", "lib/live", ["lib/model"], "The browser side shares only the model with the server."),
    only(
      "components",
      "components",
      ["lib/live", "lib/format", "lib/model"],
      "Components see live data and formatting only.",
    ),
    rule(
      "pages-stand-alone",
      { path: "^components/pages/([^/]+)/" },
      { path: "^components/pages/", pathNot: "^components/pages/$1/" },
      "What two pages have in common is in components/shared.",
    ),
    rule(
      "shared-below-pages",
      { path: "^components/(shared|shell|ui|charts)/" },
      { path: "^components/pages/" },
      "What pages share knows none of them.",
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
      ["lib/(async|model|config|sample|sources|derive|pipeline|store|recording|views|serve)"],
      "The runtime assembles.",
    ),
    only(
      "lab",
      "lib/lab",
      ["lib/model", "packages/grpc-health/src"],
      "The load is a user of the brokers, not of Streamside.",
    ),
    only("brokers", "brokers", [], "Finding brokers is independent of what watches them."),
    only("grpc-health", "packages/grpc-health", [], "A package others install."),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/|^(\\.next|node_modules)" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
      extensions: [".ts", ".tsx", ".js", ".mjs", ".json"],
    },
  },
};
