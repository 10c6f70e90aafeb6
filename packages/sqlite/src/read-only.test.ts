import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createPay, openPay } from "@pay/core";
import { fakeProvider } from "@pay/core/testing";
import { insertRequestOf, newRecord } from "@pay/testkit/internal";
import { quietLogger } from "../../../test/support/quiet-logger.ts";
import { SECRET } from "../../../test/support/secret.ts";
import { sqliteStore } from "./store.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pay-read-only-"));
  path = join(folder, "pay żółw.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("opening a database only to read it", () => {
  const record = newRecord();
  async function keepOne() {
    const store = sqliteStore(path);
    await store.start();
    await store.insert(insertRequestOf(record));
    return store;
  }

  it("refuses a file that does not exist, and creates none", async () => {
    await expect(sqliteStore(path).openReadOnly()).rejects.toMatchObject({
      code: "STORE_INCOMPATIBLE",
      message: expect.stringContaining(`${path} does not exist`),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("refuses an empty file, and leaves it so", async () => {
    writeFileSync(path, "");
    await expect(sqliteStore(path).openReadOnly()).rejects.toMatchObject({
      code: "STORE_INCOMPATIBLE",
      message: expect.stringContaining("is empty"),
    });
    expect([readdirSync(folder).length, readFileSync(path).length]).toEqual([1, 0]);
  });

  it("reads beside the process that writes, sees what that commits, and writes nothing", async () => {
    const writer = await keepOne();
    const reader = sqliteStore(path);
    await reader.openReadOnly();
    expect(await reader.payment(record.payment.id)).toEqual(record);
    const later = newRecord();
    await writer.insert(insertRequestOf(later));
    expect(await reader.payment(later.payment.id)).toEqual(later);
    await expect(reader.insert(insertRequestOf(newRecord()))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await reader.close();
    await writer.insert(insertRequestOf(newRecord()));
    await writer.close();
  });

  it("is refused with the very store of a Pay that runs, and the other way round, and neither closes it for the other", async () => {
    const store = sqliteStore(path);
    const pay = () => {
      const made = createPay({
        providers: { cards: fakeProvider() },
        store,
        baseUrl: "https://shop.example",
        secret: SECRET,
        logger: quietLogger(),
      });
      made.on("payment.succeeded", "deliver", () => {});
      return made;
    };
    const refused = { code: "INVALID_CONFIG", field: "store" };
    const running = pay();
    await running.start();
    await expect(openPay({ store })).rejects.toMatchObject(refused);
    await expect(pay().start()).rejects.toMatchObject(refused);
    expect((await running.reviews.list()).reviews).toEqual([]);
    await running.close();
    const reader = await openPay({ store });
    await expect(pay().start()).rejects.toMatchObject(refused);
    expect((await reader.reviews.list()).reviews).toEqual([]);
    await reader.close();
  });

  it("leaves nothing beside a file that no process has open", async () => {
    await (await keepOne()).close();
    const before = readFileSync(path);
    const reader = sqliteStore(path);
    await reader.openReadOnly();
    expect(await reader.payment(record.payment.id)).toEqual(record);
    await reader.close();
    expect(readdirSync(folder)).toEqual(["pay żółw.db"]);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it("refuses another program's file and one with a newer schema", async () => {
    const db = new DatabaseSync(path);
    db.exec("CREATE TABLE theirs (a)");
    db.close();
    await expect(sqliteStore(path).openReadOnly()).rejects.toMatchObject({
      code: "STORE_INCOMPATIBLE",
      message: expect.stringContaining("another program"),
    });
    rmSync(path);
    await (await keepOne()).close();
    const newer = new DatabaseSync(path);
    newer.exec("PRAGMA user_version = 9");
    newer.close();
    await expect(sqliteStore(path).openReadOnly()).rejects.toMatchObject({
      code: "STORE_INCOMPATIBLE",
      message: expect.stringContaining("schema 9"),
    });
  });
});
