import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const shared = {
  resolve: {
    alias: {
      "@streamside/grpc-health": here("./packages/grpc-health/src/index.ts"),
      "@/": here("./"),
    },
  },
};
const outside = ["**/node_modules/**", "**/dist/**", "**/.next/**", "e2e/**"];

const all = ["**/*.int.test.ts"];
/** Tests of how soon something happens: nothing else may take the machine's time meanwhile. */
const alone = [
  "**/kafka/faults.int.test.ts",
  "**/nats/cluster.int.test.ts",
  "**/grpc/in-time.int.test.ts",
  "**/lab/grpc-load.int.test.ts",
  "**/lab/kafka-load.int.test.ts",
];
const kafka = ["**/kafka/**/*.int.test.ts", "**/*kafka*.int.test.ts"];
/** What `npm test` runs side by side or one after the other; everything where nothing is asked for. */
const parts = new Map([
  ["kafka", { include: kafka, exclude: alone }],
  ["others", { include: all, exclude: [...kafka, ...alone] }],
  ["alone", { include: alone, exclude: [] }],
]);
const part = parts.get(process.env.STREAMSIDE_INTEGRATION ?? "") ?? { include: all, exclude: [] };

/** `unit` needs nothing but Node; `integration` starts real brokers and servers, one file at a time on few cores. */
export default defineConfig({
  test: {
    // Vitest leaves one core to itself, which is half of two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        ...shared,
        test: {
          name: "unit",
          include: ["**/*.test.ts", "**/*.test.tsx"],
          exclude: [...outside, "**/*.int.test.ts"],
          // Property tests take seconds, and many times that where others need the cores.
          testTimeout: 30_000,
        },
      },
      {
        ...shared,
        test: {
          name: "integration",
          include: part.include,
          exclude: [...outside, ...part.exclude],
          testTimeout: 60_000,
          hookTimeout: 180_000,
          // What is waited for comes; how soon is no matter of these tests, unless they say so.
          expect: { poll: { timeout: 20_000 } },
          fileParallelism: false,
        },
      },
    ],
  },
});
