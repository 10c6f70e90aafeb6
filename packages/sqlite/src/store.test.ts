import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { storeContract } from "@pay/testkit";
import { openDatabase } from "./connection.ts";
import { OVERDUE, sqliteStore } from "./store.ts";

describe("the contract of stores, on SQLite", () => {
  const folder = mkdtempSync(join(tmpdir(), "pay-sqlite-"));
  let count = 0;
  storeContract({ test: it, store: () => sqliteStore(join(folder, `${++count}.db`)) });
});

describe("the sweep's query", () => {
  it("looks payments up by index, however many there are", async () => {
    const db = await openDatabase(join(mkdtempSync(join(tmpdir(), "pay-plan-")), "pay.db"));
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${OVERDUE}`).all(1, 1, 1);
    db.close();
    const steps = plan.map(({ detail }) => String(detail));
    expect(steps.join("\n")).toMatch(/payment_open \(expires_at<\?\)/);
    expect(steps.join("\n")).toMatch(/payment_created \(created_at<\?\)/);
    expect(steps.filter((step) => step.startsWith("SCAN payment"))).toEqual([]);
  });
});
