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
        },
      },
      {
        ...shared,
        test: {
          name: "integration",
          include: ["**/*.int.test.ts"],
          exclude: outside,
          testTimeout: 60_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
