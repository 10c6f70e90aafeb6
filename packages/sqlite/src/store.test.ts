import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "@jest/globals";
import { storeContract } from "@pay/testkit";
import { openDatabase } from "./connection.ts";
import { OVERDUE, sqliteStore } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "pay-sqlite-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the contract of stores, on SQLite", () => {
  let count = 0;
  const path = () => join(folder, `${count}.db`);
  storeContract({
    test: it,
    store() {
      count++;
      return sqliteStore(path());
    },
    async sql(statement) {
      const db = new DatabaseSync(path(), { readOnly: true });
      const rows = db.prepare(statement).all();
      db.close();
      return rows;
    },
  });
});

describe("the sweep's query", () => {
  it("looks payments up by index, however many there are", async () => {
    const db = await openDatabase(join(folder, "plan.db"));
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${OVERDUE}`).all(1, 1, 1);
    db.close();
    const steps = plan.map(({ detail }) => String(detail));
    expect(steps.join("\n")).toMatch(/payment_open \(expires_at<\?\)/);
    expect(steps.join("\n")).toMatch(/payment_created \(created_at<\?\)/);
    expect(steps.filter((step) => step.startsWith("SCAN payment"))).toEqual([]);
  });
});
