import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, describe, expect, it } from "@jest/globals";
import type { PaymentId, PaymentStore } from "@pay/core/store";
import { changes, eventStep, insertRequestOf, newRecord } from "@pay/testkit/internal";
import { backupDatabase } from "./backup.ts";
import { openDatabase } from "./connection.ts";
import { sqliteStore } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "pay-backup-"));
let count = 0;
afterAll(() => rmSync(folder, { recursive: true }));
const opened: PaymentStore[] = [];
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

/** A folder of its own with a store on `pay.db`, and a name for the copy. */
async function fixture() {
  const own = join(folder, String(++count));
  mkdirSync(own);
  const [path, copy] = [join(own, "pay.db"), join(own, "copy.db")];
  const store = sqliteStore(path);
  opened.push(store);
  await store.start();
  return { own, path, copy, store };
}

/** Opens a payment and records its success. Resolves once both are acknowledged. */
async function pay(store: PaymentStore): Promise<PaymentId> {
  const record = newRecord();
  await store.insert(insertRequestOf(record));
  const { event, ...paid } = eventStep(record, "payment.succeeded");
  const { merchantAccount, id } = record.payment;
  const recorded = changes({ ...paid, events: [event], inbox: ["digest"], claimsOrder: true });
  await store.update({ merchantAccount, paymentId: id }, () => ({ changes: recorded, result: undefined }));
  return id;
}

function rows(path: string, sql: string): readonly Record<string, unknown>[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

/** What was written together and is not there together. */
const HALF = `
  SELECT id FROM payment
  WHERE (state = 'succeeded') <> EXISTS (SELECT 1 FROM inbox WHERE payment_id = id)
     OR (state = 'succeeded') <> EXISTS (SELECT 1 FROM outbox WHERE stream = id)
     OR (state = 'succeeded') <> EXISTS (SELECT 1 FROM order_success WHERE payment_id = id)
     OR version <> (SELECT count(*) FROM history WHERE payment_id = id)`;

describe("a backup", () => {
  it("made while somebody writes constantly holds all that was acknowledged before, and nothing half", async () => {
    const { path, copy, store } = await fixture();
    const acknowledged: PaymentId[] = [];
    let writing = true;
    const writers = Array.from({ length: 16 }, async () => {
      while (writing) acknowledged.push(await pay(store));
    });
    for (let round = 1; round <= 5; round++) {
      const target = `${copy}.${round}`;
      while (acknowledged.length < round * 100) await pay(store);
      const before = [...acknowledged];
      await backupDatabase(path, target);
      const restored = sqliteStore(target);
      await restored.start();
      for (const id of before) expect((await restored.payment(id))?.payment.state).toBe("succeeded");
      expect(rows(target, HALF)).toEqual([]);
      await pay(restored);
      await restored.close();
    }
    writing = false;
    await Promise.all(writers);
  });

  it("does not hold up those who write, nor wait for those who hold the lock", async () => {
    const { path, copy, store } = await fixture();
    const id = await pay(store);
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE; DELETE FROM payment");
    await backupDatabase(path, copy);
    other.exec("COMMIT");
    other.close();
    expect(rows(copy, "SELECT id FROM payment")).toEqual([{ id }]);
  });

  it("is one file, and leaves no other behind", async () => {
    const { own, path, copy, store } = await fixture();
    await pay(store);
    await backupDatabase(path, copy);
    expect(readdirSync(own).sort()).toEqual(["copy.db", "pay.db", "pay.db-shm", "pay.db-wal"]);
    expect(rows(copy, "PRAGMA journal_mode")).toEqual([{ journal_mode: "delete" }]);
  });

  it("is read by those who may read the database", async () => {
    const { path, copy } = await fixture();
    chmodSync(path, 0o600);
    await backupDatabase(path, copy);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
  });

  it("may be made of what a dead process left", async () => {
    const { path, copy, store } = await fixture();
    const id = await pay(store);
    // The file and its log as they lie there, without the process that knew how far it was.
    for (const suffix of ["", "-wal"]) writeFileSync(`${copy}.left${suffix}`, readFileSync(path + suffix));
    await backupDatabase(`${copy}.left`, copy);
    expect(rows(copy, "SELECT id FROM payment")).toEqual([{ id }]);
  });

  it("replaces nothing, neither a file nor a log that SQLite would play into the copy", async () => {
    const { own, path, copy } = await fixture();
    for (const suffix of ["", "-wal", "-shm", "-journal"]) {
      writeFileSync(copy + suffix, "precious");
      await expect(backupDatabase(path, copy)).rejects.toMatchObject({ code: "INVALID_REQUEST", field: "to" });
      expect(readFileSync(copy + suffix, "utf8")).toBe("precious");
      rmSync(copy + suffix);
    }
    await expect(backupDatabase(path, path)).rejects.toMatchObject({ code: "INVALID_REQUEST", field: "to" });
    expect(readdirSync(own).sort()).toEqual(["pay.db", "pay.db-shm", "pay.db-wal"]);
  });

  it("refuses a database that is not there, and makes none", async () => {
    const { copy, own } = await fixture();
    const missing = join(own, "no.db");
    const backup = backupDatabase(missing, copy);
    await expect(backup).rejects.toMatchObject({ code: "INVALID_REQUEST", field: "from" });
    await expect(backup).rejects.toThrow(missing);
    expect([missing, copy].filter(existsSync)).toEqual([]);
  });

  it.each([
    ["another program's", (path: string) => sql(path, "CREATE TABLE theirs (a)")],
    ["empty", (path: string) => writeFileSync(path, "")],
    ["no database at all", (path: string) => writeFileSync(path, "a shopping list".repeat(1000))],
    [
      "newer than this version",
      async (path: string) => {
        (await openDatabase(path)).close();
        sql(path, "PRAGMA user_version = 1000");
      },
    ],
    [
      "damaged in the middle",
      async (path: string) => {
        (await openDatabase(path)).close();
        const whole = readFileSync(path);
        writeFileSync(path, whole.fill(0xff, 4096, 4096 * 3));
      },
    ],
  ])("refuses a file that is %s, and leaves nothing", async (_, make) => {
    const { copy, own } = await fixture();
    const foreign = join(own, "foreign.db");
    await make(foreign);
    const before = readFileSync(foreign);
    await expect(backupDatabase(foreign, copy)).rejects.toMatchObject({ code: "STORE_INCOMPATIBLE" });
    expect(readFileSync(foreign).equals(before)).toBe(true);
    expect(readdirSync(own).filter((name) => name.startsWith("copy"))).toEqual([]);
  });

  it("says which folder is missing", async () => {
    const { path, copy } = await fixture();
    const nowhere = join(dirname(copy), "no-such-folder", "copy.db");
    const backup = backupDatabase(path, nowhere);
    await expect(backup).rejects.toMatchObject({ code: "INVALID_REQUEST", field: "to" });
    await expect(backup).rejects.toThrow(dirname(nowhere));
  });

  it.each(["", "a\0b", undefined as never])("refuses %j for a path", async (path) => {
    await expect(backupDatabase(path, "copy.db")).rejects.toMatchObject({ code: "INVALID_REQUEST", field: "from" });
    await expect(backupDatabase("pay.db", path)).rejects.toMatchObject({ code: "INVALID_REQUEST", field: "to" });
  });
});

function sql(path: string, statement: string): void {
  const db = new DatabaseSync(path);
  db.exec(statement);
  db.close();
}
