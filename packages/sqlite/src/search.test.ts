import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { PaymentRecord, PaymentState } from "@pay/core/store";
import { NOON, newRecord } from "@pay/testkit/internal";
import { openDatabase } from "./connection.ts";
import { INSERT_PAYMENT, paymentValues } from "./rows.ts";
import { COUNT_OPEN, LAST_OF_WINDOW, OF_OPEN, OF_ORDER, OF_REFERENCE, OF_WINDOW, prepareSearch } from "./search.ts";

const folder = mkdtempSync(join(tmpdir(), "pay-search-"));
let count = 0;
let db: DatabaseSync;
beforeEach(async () => {
  db = await openDatabase(join(folder, `${++count}.db`));
});
afterEach(() => db.close());
afterAll(() => rmSync(folder, { recursive: true }));

describe("looking through payments", () => {
  it.each([
    [
      "an order's by its index",
      OF_ORDER,
      [/^SEARCH payment USING INDEX payment_order \(order_id=\?\)/, /^USE TEMP B-TREE/],
    ],
    [
      "a provider reference by its index, whatever the account",
      OF_REFERENCE,
      [/^SEARCH payment USING INDEX payment_provider_reference \(provider_reference=\?\)/, /^USE TEMP B-TREE/],
    ],
    [
      "whether few are open by the index of what is open",
      COUNT_OPEN,
      [/SCAN payment USING (COVERING )?INDEX payment_open/],
    ],
    ["the open ones by theirs", OF_OPEN, [/^SCAN payment USING INDEX payment_open/, /^USE TEMP B-TREE/]],
    [
      "the end of a window by ids alone",
      LAST_OF_WINDOW,
      [/^SEARCH payment USING COVERING INDEX .*\(id>\? AND id<\?\)/],
    ],
    [
      "a window by the primary key, in its order",
      OF_WINDOW,
      [/^SEARCH payment USING INDEX sqlite_auto.*\(id>\? AND id<\?\)/],
    ],
  ])("finds %s", (_, sql, expected) => {
    const names = [...new Set(sql.match(/\$\w+/g))].map((name) => [name, 1]);
    const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(Object.fromEntries(names));
    const details = steps.map(({ detail }) => String(detail)).filter((detail) => /payment|TEMP/.test(detail));
    expect(details).toEqual(expected.map((step) => expect.stringMatching(step)));
  });

  /** So many of each of these states, one after the other, newest last. */
  function insert(...states: readonly PaymentState[]): readonly PaymentRecord[] {
    const statement = db.prepare(INSERT_PAYMENT);
    return states.map((state, n) => {
      const record = newRecord({ state, createdAt: NOON + n });
      statement.run(...paymentValues(record));
      return record;
    });
  }

  it("looks at no more than the window holds where no index leads to them", () => {
    const [failed, ...others] = insert("failed", "succeeded", "succeeded", "succeeded");
    const search = prepareSearch(db);
    const nth = (n: number) => others.at(-n)!.payment.id;
    expect(search({ state: "failed", limit: 5, window: 2 })).toEqual({ payments: [], next: nth(2) });
    expect(search({ providerName: "psc", limit: 5, window: 3 })).toEqual({ payments: [], next: nth(3) });
    expect(search({ state: "failed", limit: 5, window: 4 })).toEqual({ payments: [failed], next: failed!.payment.id });
    expect(search({ state: "failed", limit: 5, window: 5 })).toEqual({ payments: [failed] });
  });

  it("finds open payments at once behind however many that are closed, while no more are open than a window holds", () => {
    const closed = Array<PaymentState>(20).fill("succeeded");
    const [first, second] = insert("pending", "created", ...closed);
    const search = prepareSearch(db);
    expect(search({ state: "pending", limit: 5, window: 2 })).toEqual({ payments: [first] });
    expect(search({ state: "created", limit: 5, window: 2 })).toEqual({ payments: [second] });
    const { next, payments } = search({ state: "pending", limit: 5, window: 1 });
    expect([payments, next === undefined]).toEqual([[], false]);
  });
});
