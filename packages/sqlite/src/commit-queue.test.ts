import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it, jest } from "@jest/globals";
import { PayError } from "@pay/core/store";
import { createCommitQueue } from "./commit-queue.ts";
import { openDatabase } from "./connection.ts";

const folder = mkdtempSync(join(tmpdir(), "pay-queue-"));
let count = 0;
afterAll(() => rmSync(folder, { recursive: true }));

/** A database with a table of numbers, which notes every statement it is given to execute. */
async function fixture(path = join(folder, `${++count}.db`)) {
  const db = await openDatabase(path);
  db.exec("CREATE TABLE IF NOT EXISTS number (value INTEGER PRIMARY KEY)");
  const executed: string[] = [];
  const failures = new Map<string, unknown>();
  const isTransaction = jest.fn(() => db.isTransaction);
  const watched = {
    exec(sql: string) {
      executed.push(sql);
      const failure = failures.get(sql);
      if (failure !== undefined) {
        failures.delete(sql);
        throw failure;
      }
      db.exec(sql);
    },
    get isTransaction() {
      return isTransaction();
    },
  } as unknown as DatabaseSync;
  const queue = createCommitQueue(watched);
  const insert = (value: number) => queue.write(() => db.prepare("INSERT INTO number VALUES (?)").run(value).changes);
  const numbers = () =>
    db
      .prepare("SELECT value FROM number ORDER BY value")
      .all()
      .map(({ value }) => Number(value));
  return { path, db, queue, executed, failures, isTransaction, insert, numbers };
}

describe("the commit queue", () => {
  it("commits together what waits together", async () => {
    const { db, executed, insert, numbers } = await fixture();
    await Promise.all(Array.from({ length: 100 }, (_, value) => insert(value)));
    expect(numbers()).toHaveLength(100);
    expect(executed).toEqual(["BEGIN IMMEDIATE", "COMMIT"]);
    db.close();
  });

  it("commits what nobody waits for with what somebody does, in the order it came", async () => {
    const { db, executed, insert, queue } = await fixture();
    const order: string[] = [];
    const soon = (name: string) => queue.writeSoon(() => order.push(name));
    await Promise.all([soon("a"), soon("b"), insert(1).then(() => order.push("answered")), soon("c")]);
    expect(order).toEqual(["a", "b", "c", "answered"]);
    expect(executed).toEqual(["BEGIN IMMEDIATE", "COMMIT"]);
    db.close();
  });

  it("commits what nobody waits for by itself after a moment, and once for all of it", async () => {
    const { db, executed, queue } = await fixture();
    expect(await Promise.all([1, 2, 3].map((value) => queue.writeSoon(() => value)))).toEqual([1, 2, 3]);
    expect(executed).toEqual(["BEGIN IMMEDIATE", "COMMIT"]);
    db.close();
  });

  it("leaves nothing that nobody waits for behind when it is drained, whenever that came", async () => {
    const { db, insert, numbers, queue } = await fixture();
    const soon = (value: number) => queue.writeSoon(() => db.prepare("INSERT INTO number VALUES (?)").run(value));
    const written = [soon(1), insert(2).then(() => soon(3)), soon(4)];
    await queue.drained();
    expect(numbers()).toEqual([1, 2, 3, 4]);
    await Promise.all(written);
    db.close();
  });

  it("keeps nobody waiting behind what nobody waits for, however much of that there is", async () => {
    const { db, executed, insert, queue } = await fixture();
    const soon = Array.from({ length: 250 }, () => queue.writeSoon(() => {}));
    await insert(1);
    expect(executed.filter((sql) => sql === "COMMIT")).toHaveLength(3);
    await Promise.all(soon);
    db.close();
  });

  it("answers only after the commit", async () => {
    const { db, executed, insert } = await fixture();
    const order: string[] = [];
    const answered = Promise.all([insert(1), insert(2)].map((write) => write.then(() => order.push(...executed))));
    await answered;
    expect(order).toEqual(["BEGIN IMMEDIATE", "COMMIT", "BEGIN IMMEDIATE", "COMMIT"]);
    db.close();
  });

  it("lets one fail alone, with its own error, and commits its batch-mates", async () => {
    const { db, insert, numbers, queue } = await fixture();
    const refusal = new PayError("ALREADY_SUCCEEDED", "no");
    const refused = queue.write(() => {
      throw refusal;
    });
    const results = await Promise.allSettled([insert(1), refused, insert(2), insert(2), insert(3)]);
    expect(results.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    expect(results[1]).toMatchObject({ reason: refusal });
    expect(results[3]).toMatchObject({ reason: { code: "STORE_UNAVAILABLE" } });
    expect(numbers()).toEqual([1, 2, 3]);
    db.close();
  });

  it("leaves nothing behind when the commit fails, and goes on", async () => {
    const { db, failures, insert, numbers } = await fixture();
    failures.set("COMMIT", Object.assign(new Error("disk I/O error"), { errcode: 10 }));
    await expect(insert(1)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    expect(numbers()).toEqual([]);
    await insert(2);
    expect(numbers()).toEqual([2]);
    db.close();
  });

  it("refuses while the file may not grow, and recovers by itself", async () => {
    const { db, numbers, queue } = await fixture();
    db.exec("CREATE TABLE blob (data BLOB)");
    const { page_count: pages } = db.prepare("PRAGMA page_count").get() as { page_count: number };
    const fill = () => queue.write(() => db.prepare("INSERT INTO blob VALUES (zeroblob(100000))").run().changes);
    db.exec(`PRAGMA max_page_count = ${pages + 2}`);
    await expect(fill()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(db.isTransaction).toBe(false);
    db.exec("PRAGMA max_page_count = 1000000");
    expect(await fill()).toBe(1);
    expect(numbers()).toEqual([]);
    db.close();
  });

  it("waits for another process's lock without blocking the event loop", async () => {
    const { db, insert, numbers, path } = await fixture();
    const other = await openDatabase(path);
    other.exec("BEGIN IMMEDIATE");
    const waiting = insert(1);
    let ticks = 0;
    while (ticks < 50) {
      await new Promise(setImmediate);
      ticks++;
    }
    expect(numbers()).toEqual([]);
    other.exec("COMMIT");
    await waiting;
    expect(numbers()).toEqual([1]);
    other.close();
    db.close();
  });

  it("answers everybody and goes on when the rollback fails too", async () => {
    const { db, executed, failures, insert, numbers } = await fixture();
    failures.set("COMMIT", Object.assign(new Error("disk I/O error"), { errcode: 10 }));
    failures.set("ROLLBACK", Object.assign(new Error("disk I/O error"), { errcode: 10 }));
    await expect(insert(1)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(db.isTransaction).toBe(true);
    await insert(2);
    expect(executed).toEqual(["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", "ROLLBACK", "BEGIN IMMEDIATE", "COMMIT"]);
    expect(numbers()).toEqual([2]);
    db.close();
  });

  it("commits each of a batch alone, and nothing twice, after a rollback that failed", async () => {
    const { db, failures, insert, numbers } = await fixture();
    failures.set("COMMIT", Object.assign(new Error("disk I/O error"), { errcode: 10 }));
    failures.set("ROLLBACK", Object.assign(new Error("disk I/O error"), { errcode: 10 }));
    await Promise.all([insert(1), insert(2), insert(3)]);
    expect(numbers()).toEqual([1, 2, 3]);
    db.close();
  });

  it("refuses while the connection cannot leave its transaction, and goes on once it can", async () => {
    const { db, failures, insert, numbers } = await fixture();
    const stuck = () => failures.set("ROLLBACK", Object.assign(new Error("disk I/O error"), { errcode: 10 }));
    failures.set("COMMIT", Object.assign(new Error("disk I/O error"), { errcode: 10 }));
    stuck();
    await expect(insert(1)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    stuck();
    const refused = await Promise.allSettled([insert(2), insert(3)]);
    expect(refused.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await insert(4);
    expect(numbers()).toEqual([4]);
    db.close();
  });

  it("gives up on a whole batch when one of it waited for the lock in vain", async () => {
    const { db, executed, failures, insert, numbers, queue } = await fixture();
    const faulty = queue.write(() => {
      failures.set("BEGIN IMMEDIATE", new PayError("STORE_UNAVAILABLE", "Another process holds the database."));
      throw new Error("oh no");
    });
    const refused = await Promise.allSettled([faulty, insert(1), insert(2)]);
    expect(refused.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(executed.filter((sql) => sql === "BEGIN IMMEDIATE")).toHaveLength(2);
    expect(numbers()).toEqual([]);
    db.close();
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a text", "oh no"],
    ["an error of nobody's", new TypeError("oh no")],
  ])("hands on whatever is thrown, and goes on: %s", async (_, thrown) => {
    const { db, insert, numbers, queue } = await fixture();
    const results = await Promise.allSettled([
      queue.write(() => {
        throw thrown;
      }),
      insert(1),
    ]);
    expect(results[0]).toEqual({ status: "rejected", reason: thrown });
    await insert(2);
    expect(numbers()).toEqual([1, 2]);
    db.close();
  });

  it("answers everybody and goes on when the connection itself misbehaves", async () => {
    const { db, insert, isTransaction, numbers, queue } = await fixture();
    isTransaction.mockImplementation(() => {
      throw new Error("database is not open");
    });
    const refused = await Promise.allSettled(Array.from({ length: 300 }, (_, value) => insert(value)));
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set(["rejected"]));
    await queue.drained();
    isTransaction.mockImplementation(() => db.isTransaction);
    await insert(1);
    expect(numbers()).toEqual([1]);
    db.close();
  });

  it("keeps the order in which the work came", async () => {
    const { db, queue } = await fixture();
    const order: number[] = [];
    await Promise.all(Array.from({ length: 300 }, (_, value) => queue.write(() => order.push(value))));
    expect(order).toEqual(Array.from({ length: 300 }, (_, value) => value));
    db.close();
  });

  it("is drained when everything was answered", async () => {
    const { db, insert, queue, numbers } = await fixture();
    const writes = Array.from({ length: 300 }, (_, value) => insert(value));
    await queue.drained();
    expect(numbers()).toHaveLength(300);
    await Promise.all(writes);
    db.close();
  });
});
