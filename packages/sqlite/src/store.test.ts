import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "@jest/globals";
import { storeContract } from "@pay/testkit";
import { sqliteStore } from "./store.ts";

describe("the contract of stores, on SQLite", () => {
  const folder = mkdtempSync(join(tmpdir(), "pay-sqlite-"));
  let count = 0;
  storeContract({ test: it, store: () => sqliteStore(join(folder, `${++count}.db`)) });
});
