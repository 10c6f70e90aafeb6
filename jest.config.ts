import { join } from "node:path";
import type { Config } from "jest";

// The tests start many processes from sources. Without this cache each would strip and compile the same files again.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "node_modules/.cache/compiled");

const config: Config = {
  // Sources run as they stand: swc only strips the types, module resolution takes the "@pay/source" entry of each package.
  transform: {
    "\\.ts$": ["@swc/jest", { module: { type: "es6" }, jsc: { target: "es2023", parser: { syntax: "typescript" } } }],
  },
  extensionsToTreatAsEsm: [".ts"],
  testEnvironmentOptions: { customExportConditions: ["@pay/source", "node", "node-addons"] },
  setupFiles: ["reflect-metadata"],
  globalSetup: "<rootDir>/packages/postgres/test/shared/setup.ts",
  globalTeardown: "<rootDir>/packages/postgres/test/shared/teardown.ts",
  testMatch: [
    "<rootDir>/packages/*/src/**/*.test.ts",
    "<rootDir>/packages/*/test/**/*.test.ts",
    "<rootDir>/examples/adapters/*/src/**/*.test.ts",
    "<rootDir>/examples/adapters/*/test/**/*.test.ts",
    "<rootDir>/test/**/*.test.ts",
  ],
  // Most wait for a server, a disk or a browser: one worker less than there are cores would leave them idle.
  maxWorkers: "100%",
  testSequencer: "<rootDir>/test/support/longest-first.ts",
  modulePathIgnorePatterns: ["/dist/"],
  errorOnDeprecated: true,
  // What hangs is found as well; a busy machine takes ten times as long for honest work.
  testTimeout: 60_000,
};

export default config;
