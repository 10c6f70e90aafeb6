import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "@jest/globals";
import { createWriteLock } from "./commit-queue-lock.ts";

const folder = mkdtempSync(join(tmpdir(), "pay-lock-"));
let count = 0;
afterAll(() => rmSync(folder, { recursive: true }));

/** The lock of one connection, another connection, and a time that passes only while the lock pauses. */
function fixture() {
  const path = join(folder, `${++count}.db`);
  const [db, other] = [new DatabaseSync(path, { timeout: 0 }), new DatabaseSync(path, { timeout: 0 })];
  db.exec("PRAGMA journal_mode = WAL");
  const pauses: number[] = [];
  const world = {
    now: 0,
    pauses,
    /** Milliseconds at which the other connection lets the lock go. */
    freeAt: Number.POSITIVE_INFINITY,
    hold() {
      other.exec("BEGIN IMMEDIATE");
    },
    end() {
      db.exec("COMMIT");
      lock.released();
    },
    close() {
      db.close();
      other.close();
    },
  };
  const lock = createWriteLock(db, {
    now: () => world.now,
    async pause(milliseconds) {
      pauses.push(milliseconds);
      world.now += milliseconds;
      if (world.now < world.freeAt || !other.isTransaction) return;
      other.exec("COMMIT");
    },
  });
  return { db, lock, world };
}

describe("the write lock", () => {
  it("is taken at once, again and again, by a process that is alone", async () => {
    const { lock, world } = fixture();
    for (let round = 0; round < 10; round++) {
      await lock.take();
      world.end();
    }
    expect(world.pauses).toEqual([]);
    world.close();
  });

  it("is asked for every few milliseconds, however long another process has held it", async () => {
    const { db, lock, world } = fixture();
    world.hold();
    world.freeAt = 1000;
    await lock.take();
    expect(db.isTransaction).toBe(true);
    expect(Math.max(...world.pauses)).toBeLessThanOrEqual(2);
    world.close();
  });

  it("is left alone after a commit for longer than another process takes to ask again, once one was met", async () => {
    const { lock, world } = fixture();
    world.hold();
    world.freeAt = 0;
    await lock.take();
    world.end();
    world.pauses.length = 0;
    await lock.take();
    world.end();
    // What has passed since the commit counts.
    world.now += 3;
    await lock.take();
    expect(world.pauses.map(Math.round)).toEqual([4, 1]);
    world.close();
  });

  it("is taken at once again when the other process was not met for a second", async () => {
    const { lock, world } = fixture();
    world.hold();
    world.freeAt = 0;
    await lock.take();
    world.now += 1001;
    world.end();
    world.pauses.length = 0;
    await lock.take();
    expect(world.pauses).toEqual([]);
    world.close();
  });

  it("is given up after five seconds", async () => {
    const { lock, world } = fixture();
    world.hold();
    await expect(lock.take()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    expect(world.now).toBeGreaterThan(5000);
    expect(world.now).toBeLessThan(5010);
    world.close();
  });
});
