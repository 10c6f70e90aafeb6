import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "@jest/globals";
import { storeContract } from "@pay/testkit";
import { changes, eventStep, insertRequestOf, NOON, newRecord } from "@pay/testkit/internal";
import { failureOf } from "../../../test/support/failure-of.ts";
import { openDatabase } from "./connection.ts";
import { FAILING } from "./delivery.ts";
import { PRUNABLE } from "./prune.ts";
import { OVERDUE } from "./reads.ts";
import { sqliteStore } from "./store.ts";

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

describe("a path", () => {
  it.each(["sqlite:pay.db", "SQLite:pay.db"])("that is an address is refused: %s", (path) => {
    expect(failureOf(() => sqliteStore(path))).toEqual({ code: "INVALID_CONFIG", field: "store" });
    expect(() => sqliteStore(path)).toThrow('store must be the path of a file such as "pay.db", without "sqlite:".');
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

describe("pruning", () => {
  it("looks payments and what is owed of them up by index, however many there are", async () => {
    const db = await openDatabase(join(folder, "prune-plan.db"));
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${PRUNABLE}`).all(1, 1, "", 1);
    db.close();
    const steps = plan.map(({ detail }) => String(detail));
    expect(steps[0]).toMatch(/^SEARCH payment USING INDEX payment_closed \(\(updated_at,id\)>/);
    expect(steps.join("\n")).toMatch(/SEARCH other USING INDEX payment_checkout \(checkout_key=\?\)/);
    const scans = steps.filter((step) => /^SCAN|TEMP B-TREE FOR ORDER/.test(step));
    expect(scans.filter((step) => !/^SCAN (json_each|CONSTANT ROW|review USING INDEX review_)/.test(step))).toEqual([]);
  });
});

describe("looking for failing deliveries", () => {
  it("reads the index of those alone, from its end", async () => {
    const db = await openDatabase(join(folder, "failing.db"));
    const steps = db.prepare(`EXPLAIN QUERY PLAN ${FAILING}`).all(1);
    db.close();
    const details = steps.map(({ detail }) => String(detail));
    expect(details[0]).toMatch(/^SCAN delivery USING INDEX delivery_failing$/);
    expect(details.filter((step) => /TEMP B-TREE|^SCAN (?!delivery)/.test(step))).toEqual([]);
  });
});

describe("an idle process", () => {
  it("writes nothing, also where deliveries wait for a handler it has not", async () => {
    const path = join(folder, "idle.db");
    const store = sqliteStore(path);
    await store.start();
    await store.registerHandlers([
      { type: "payment.succeeded", name: "here" },
      { type: "payment.succeeded", name: "gone" },
    ]);
    const { record, event } = eventStep(newRecord(), "payment.succeeded");
    await store.insert(insertRequestOf(record));
    const query = { merchantAccount: record.payment.merchantAccount, paymentId: record.payment.id };
    await store.update(query, () => ({ changes: changes({ events: [event] }), result: undefined }));
    const request = {
      now: NOON,
      until: NOON + 1,
      handlers: [{ type: "payment.succeeded", name: "here" }],
      limit: 10,
    } as const;
    const [leased] = await store.leaseDeliveries(request);
    await store.finishDelivery(leased!, { kind: "delivered", at: NOON });

    // A write would wait for this lock until its patience ends, and reject.
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    expect(await store.leaseDeliveries(request)).toEqual([]);
    other.exec("ROLLBACK");
    other.close();
    expect((await store.deliveries(record.payment.id)).map(({ status }) => status)).toEqual(["due", "delivered"]);
    await store.close();
  });
});
