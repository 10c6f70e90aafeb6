import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it, jest } from "@jest/globals";
import { isPayError } from "@pay/core/store";
import { checkVersion, openDatabase } from "./connection.ts";
import { sqliteStore } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "pay-connection-"));
let count = 0;
afterAll(() => rmSync(folder, { recursive: true }));
const newPath = () => join(folder, `${++count}.db`);

async function refusal(path: string) {
  const error = await sqliteStore(path)
    .start()
    .catch((thrown: unknown) => thrown);
  if (!isPayError(error)) throw new Error("it was not refused");
  return error;
}

/** A file of ours, closed, with its schema number as given. */
async function fileWithSchema(schema: number): Promise<string> {
  const path = newPath();
  const db = await openDatabase(path);
  db.exec(`PRAGMA user_version = ${schema}; PRAGMA journal_mode = DELETE`);
  db.close();
  return path;
}

describe("opening a database", () => {
  it("writes ahead and syncs fully, read back on this very connection", async () => {
    const path = newPath();
    for (let opened = 0; opened < 2; opened++) {
      const db = await openDatabase(path);
      expect(db.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
      expect(db.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
      db.close();
    }
  });

  it("brings the schema up to date once", async () => {
    const path = newPath();
    (await openDatabase(path)).close();
    const db = await openDatabase(path);
    expect(db.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
    expect(db.prepare("PRAGMA application_id").get()).toEqual({ application_id: 0x50415931 });
    db.close();
  });

  it("lets several open a new file at the same moment", async () => {
    const path = newPath();
    const stores = Array.from({ length: 5 }, () => sqliteStore(path));
    await Promise.all(stores.map((store) => store.start()));
    await Promise.all(stores.map((store) => store.close()));
  });

  it("takes a file that another process is just making for what it is", async () => {
    const path = newPath();
    const { prepare } = DatabaseSync.prototype;
    const others: Promise<DatabaseSync>[] = [];
    let interrupted = false;
    const prepared = jest.spyOn(DatabaseSync.prototype, "prepare");
    prepared.mockImplementation(function look(this: DatabaseSync, sql) {
      // The other process comes between two looks at the file.
      if (sql.includes("sqlite_schema") && !interrupted) {
        interrupted = true;
        others.push(openDatabase(path));
      }
      return prepare.call(this, sql);
    });
    const own = await openDatabase(path);
    prepared.mockRestore();
    own.close();
    for (const other of await Promise.all(others)) other.close();
    expect(others).toHaveLength(1);
  });

  it("refuses a newer schema, naming the file and both versions, and leaves it untouched", async () => {
    const path = await fileWithSchema(2);
    const before = readFileSync(path);
    const error = await refusal(path);
    expect(error.code).toBe("STORE_INCOMPATIBLE");
    expect(error.message).toContain(path);
    expect(error.message).toMatch(/schema 2; .*knows 1/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it("refuses another program's database and leaves it untouched", async () => {
    const path = newPath();
    const db = new DatabaseSync(path);
    db.exec("CREATE TABLE theirs (a)");
    db.close();
    const before = readFileSync(path);
    const error = await refusal(path);
    expect(error.code).toBe("STORE_INCOMPATIBLE");
    expect(error.message).toContain("another program");
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it.each([
    ["no SQLite file", () => Buffer.from("this is a shopping list, not a database".repeat(200))],
    [
      "a damaged one",
      (whole: Buffer) => Buffer.concat([whole.subarray(0, 100), Buffer.alloc(whole.length - 100, 0xff)]),
    ],
  ])("refuses %s and leaves it untouched", async (_, damage) => {
    const path = newPath();
    copyFileSync(await fileWithSchema(1), path);
    const damaged = damage(readFileSync(path));
    writeFileSync(path, damaged);
    const error = await refusal(path);
    expect(error.code).toBe("STORE_INCOMPATIBLE");
    expect(error.message).toContain(path);
    expect(readFileSync(path).equals(damaged)).toBe(true);
  });

  it("says which file has no folder to lie in", async () => {
    const path = join(folder, "no-such-folder", "pay.db");
    const error = await refusal(path);
    expect(error.code).toBe("STORE_UNAVAILABLE");
    expect(error.message).toContain(path);
  });

  it("opens a file that another process is writing to", async () => {
    const path = newPath();
    const other = await openDatabase(path);
    other.exec("BEGIN IMMEDIATE");
    (await openDatabase(path)).close();
    other.close();
  });

  it("refuses a database in memory, which no commit makes durable", async () => {
    expect((await refusal(":memory:")).code).toBe("STORE_INCOMPATIBLE");
  });

  it.each(["", "a\0b", undefined as never])("refuses %j for a path", (path) => {
    expect(() => sqliteStore(path)).toThrow("sqliteStore needs the path of a file");
  });

  it.each([
    ["3.46.1", false],
    ["3.51.2", false],
    ["3.51.3", true],
    ["3.52.0", true],
    ["4.0.0", true],
  ])("takes SQLite %s: %s", (version, taken) => {
    const db = { prepare: () => ({ get: () => ({ version }) }) } as unknown as DatabaseSync;
    const check = () => checkVersion(db);
    if (taken) expect(check).not.toThrow();
    else expect(check).toThrow(version);
  });

  it("answers NOT_STARTED before start and after close", async () => {
    const store = sqliteStore(newPath());
    await expect(store.payment("pay_x" as never)).rejects.toMatchObject({ code: "NOT_STARTED" });
    await store.start();
    await store.close();
    await expect(store.openReviews(1)).rejects.toMatchObject({ code: "NOT_STARTED" });
  });
});
