import assert from "node:assert/strict";
import { describe, it } from "@jest/globals";
import { memoryStore } from "@pay/core";
import { type StoreSuite, storeContract } from "@pay/testkit";
import { DELIVERIES } from "./sabotages/deliveries.ts";
import { INSERT } from "./sabotages/insert.ts";
import { OVERDUE } from "./sabotages/overdue.ts";
import { PRUNE } from "./sabotages/prune.ts";
import { REFUNDS } from "./sabotages/refunds.ts";
import { RESOLUTIONS } from "./sabotages/reviews.ts";
import type { Sabotage } from "./sabotages/sabotage.ts";
import { SEARCH } from "./sabotages/search.ts";
import { STATUS_CHECKS } from "./sabotages/status-checks.ts";
import { REVIEWS, UNMATCHED } from "./sabotages/unmatched.ts";
import { UPDATE } from "./sabotages/update.ts";

const SABOTAGES = [
  ...[...INSERT, ...UPDATE, ...UNMATCHED, ...REVIEWS, ...DELIVERIES, ...OVERDUE, ...RESOLUTIONS],
  ...[...STATUS_CHECKS, ...REFUNDS, ...PRUNE, ...SEARCH],
];
const RANDOM = /^answers like the reference store/;
const NOTICED_AT_RANDOM = [
  "never finds a duplicate",
  "lets every success claim the order",
  "ignores the account",
  "leaves adopted unmatched notifications where they are",
  "leases a delivery twice",
  "supersedes nothing",
  "ignores which attempt ended",
  "counts a released attempt",
  "delays a status check that is scheduled again",
  "ends a status check that another process runs",
  "keeps the newest refund alone",
  "counts closed payments with the open ones",
  "lists payments oldest first",
  "prunes payments that are open",
  "prunes payments with deliveries that are due",
];

/** The suite's tests, on the reference store with one mistake. */
function testsOf({ to }: Pick<Sabotage, "to">, suite: Partial<StoreSuite> = {}) {
  const tests: { readonly name: string; readonly run: () => Promise<void> }[] = [];
  storeContract({
    ...suite,
    test: (name, run) => tests.push({ name, run }),
    store() {
      const store = memoryStore();
      return { ...store, ...to(store) };
    },
  });
  return {
    planned: tests.filter(({ name }) => !RANDOM.test(name)),
    random: tests.filter(({ name }) => RANDOM.test(name)),
  };
}

async function failedOf(tests: ReturnType<typeof testsOf>["planned"]): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { name, run } of tests) await run().catch(() => failed.push(name));
  return failed;
}

describe("the store contract notices a store that", () => {
  for (const sabotage of SABOTAGES) {
    it(sabotage.does, async () => {
      const { planned } = testsOf(sabotage);
      const meant = planned.filter(({ name }) => name === sabotage.noticedBy);
      if ((await failedOf(meant)).length > 0) return;
      assert.fail(`noticed only by: ${(await failedOf(planned)).join("; ")}`);
    });
  }
});

describe("the random sequences alone notice a store that", () => {
  for (const does of NOTICED_AT_RANDOM) {
    it(does, async () => {
      const sabotage = SABOTAGES.find((known) => known.does === does);
      assert.ok(sabotage, "there is such a sabotage");
      await assert.rejects(async () => {
        for (const { run } of testsOf(sabotage).random) await run();
      });
    });
  }
});

describe("the store contract, reading rows by SQL, notices a store that", () => {
  it("keeps nothing in its tables", async () => {
    const statements: string[] = [];
    const sql = async (statement: string) => {
      statements.push(statement);
      return [];
    };
    const failed = await failedOf(testsOf({ to: () => ({}) }, { sql }).planned);
    assert.notEqual(failed.length, 0);
    const tables = new Set(statements.map((statement) => /FROM (\w+)/.exec(statement)?.[1]));
    assert.deepEqual([...tables].sort(), ["delivery", "history", "payment", "review", "status_check"]);
  });
});

describe("the store contract finds nothing wrong with a store that", () => {
  it("does nothing wrong", async () => {
    assert.deepEqual(await failedOf(testsOf({ to: () => ({}) }).planned), []);
  });
});
