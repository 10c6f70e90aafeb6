import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { sqliteStore } from "@pay/sqlite";
import { type CallbackServer, type CallbackServerOptions, startCallbackServer } from "./support/callback-server.ts";
import { paidStory } from "./support/database.ts";
import { canLimit, endOfLog, limitFiles, writesFrom } from "./support/file-limits.ts";

const SEND_AGAIN = 503;
/** The user `nobody` on Linux: root may write every file, so a read-only file needs another user. */
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

let folder: string;
let path: string;
let server: CallbackServer | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pay-faults-"));
  path = join(folder, "pay.db");
});
afterEach(async () => {
  await server?.child.end();
  server = undefined;
  rmSync(folder, { recursive: true });
});

async function start(options?: CallbackServerOptions): Promise<CallbackServer> {
  server = await startCallbackServer(path, options);
  return server;
}

(canLimit ? describe : describe.skip)("a disk that is full", () => {
  it("at any write of a callback refuses it whole, and takes it once there is space again", async () => {
    const { child, checkout, database, notify, untilDelivered } = await start();
    let failed = 0;
    for (;;) {
      const payment = await checkout();
      const before = database.dump().tables;
      const [at] = [...take(writesFrom(endOfLog(path)), failed + 1)].slice(-1);
      limitFiles(child.pid, at!);
      const status = await notify(payment);
      limitFiles(child.pid, "unlimited");
      // There were fewer writes than that.
      if (status === 200) break;
      failed++;
      expect(status).toBe(SEND_AGAIN);
      expect(database.dump().tables).toEqual(before);
      expect(child.alive()).toBe(true);

      expect([await notify(payment), await notify(payment)]).toEqual([200, 200]);
      await untilDelivered(payment);
      expect(database.story(payment.id)).toEqual(paidStory(payment.id));
    }
    // Payment, history, inbox, outbox and the order's success: each at least one frame of two writes.
    expect(failed).toBeGreaterThanOrEqual(10);
    expect(database.column("PRAGMA integrity_check")).toEqual(["ok"]);
    expect(child.printed()).toContain("the gateway is told to send it again");
  });

  it("while many callbacks come at once loses none of those it acknowledged", async () => {
    const { child, checkout, database, notify, untilDelivered } = await start();
    const payments = [];
    for (let count = 0; count < 20; count++) payments.push(await checkout());
    limitFiles(child.pid, endOfLog(path) + 20_000);
    const first = await Promise.all(payments.map(notify));
    expect(first).toContain(SEND_AGAIN);
    for (const [at, { id }] of payments.entries()) {
      expect(database.story(id).state).toBe(first[at] === 200 ? "succeeded" : "pending");
    }
    limitFiles(child.pid, "unlimited");
    expect(new Set(await Promise.all(payments.map(notify)))).toEqual(new Set([200]));
    for (const payment of payments) {
      await untilDelivered(payment);
      expect(database.story(payment.id)).toEqual(paidStory(payment.id));
    }
  });

  it("refuses a checkout before the gateway is asked, and takes the next", async () => {
    const { child, checkout, database } = await start();
    limitFiles(child.pid, endOfLog(path));
    await expect(checkout()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    limitFiles(child.pid, "unlimited");
    const { id } = await checkout();
    expect(database.column("SELECT id FROM payment")).toEqual([id]);
  });
});

(canLimit ? describe : describe.skip)("a database that can no longer be written", () => {
  it("has everything sent again, goes on being read, and recovers by itself", async () => {
    const { child, checkout, database, notify, untilDelivered, url } = await start();
    const [earlier, payment] = [await checkout(), await checkout()];
    await notify(earlier);
    await untilDelivered(earlier);
    const before = database.dump();
    limitFiles(child.pid, 0);
    for (let count = 0; count < 3; count++) expect(await notify(payment)).toBe(SEND_AGAIN);
    // A fact that was recorded before needs no write.
    expect(await notify(earlier)).toBe(200);
    expect((await fetch(`${url}/pay/health`)).status).toBe(200);
    expect(database.dump()).toEqual(before);
    limitFiles(child.pid, "unlimited");
    expect(await notify(payment)).toBe(200);
    await untilDelivered(payment);
    expect(database.story(payment.id)).toEqual(paidStory(payment.id));
  });
});

/** A database in its own folder, both owned by an unprivileged user. */
async function ofNobody(): Promise<{ readonly own: string; readonly options: CallbackServerOptions }> {
  const own = join(folder, "own");
  mkdirSync(own);
  path = join(own, "pay.db");
  const store = sqliteStore(path);
  await store.start();
  await store.close();
  if (!isRoot) return { own, options: {} };
  chmodSync(folder, 0o755);
  for (const owned of [own, path]) chownSync(owned, NOBODY, NOBODY);
  return { own, options: { uid: NOBODY, gid: NOBODY } };
}

(process.getuid ? describe : describe.skip)("a database that may only be read", () => {
  it.each([
    ["for the file", 0o444, 0o755],
    ["for the folder", 0o644, 0o555],
    ["for both", 0o444, 0o555],
  ])("is refused at the start by its name, and taken once it may be written: %s", async (_, file, directory) => {
    const { own, options } = await ofNobody();
    chmodSync(path, file);
    chmodSync(own, directory);
    try {
      const refusal = start(options);
      await expect(refusal).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      await expect(refusal).rejects.toThrow(`The database ${path} cannot be opened for writing`);
    } finally {
      chmodSync(own, 0o755);
      chmodSync(path, 0o644);
    }
    // The failed start left nothing in the way.
    const { checkout, notify } = await start(options);
    expect(await notify(await checkout())).toBe(200);
  });
});

function* take<T>(from: Iterable<T>, count: number): Generator<T> {
  let taken = 0;
  for (const one of from) {
    yield one;
    if (++taken === count) return;
  }
}
