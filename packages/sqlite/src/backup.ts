import { randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { isPayError, PayError } from "@pay/core/store";
import { checkDatabase, LOCK_TIMEOUT_MS } from "./connection.ts";
import { isBusy, storeError } from "./errors.ts";
import { APPLICATION_ID } from "./schema.ts";

/** Pages per step: all of them, so that the copy is of one moment. Several steps would start over at each write of another process. */
const ALL_PAGES = 2 ** 31 - 1;
/** Suffixes of the files that SQLite keeps beside a database and that belong to it alone. */
const BESIDE = ["-wal", "-shm", "-journal"] as const;

/**
 * Copies a live database into one new file that holds everything committed before the call. Other processes may write
 * meanwhile, and this process keeps answering. The file gets its name only after it was checked and synced.
 *
 * @throws PayError `INVALID_REQUEST` if `from` or the folder of `to` is missing, or `to` exists; `STORE_INCOMPATIBLE` for a file that
 * is damaged, empty, another program's or newer than this version; `STORE_UNAVAILABLE` if it cannot be read or the copy cannot be written
 */
export async function backupDatabase(from: string, to: string): Promise<void> {
  checkPath("from", from);
  checkPath("to", to);
  if (!existsSync(from))
    throw new PayError("INVALID_REQUEST", `The database ${from} does not exist; name the one Pay runs on.`, {
      field: "from",
    });
  checkFree(to);
  const folder = dirname(resolve(to));
  if (!existsSync(folder))
    throw new PayError("INVALID_REQUEST", `The folder ${folder} does not exist; create it first.`, { field: "to" });
  const copy = `${to}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await reserve(copy, statSync(from).mode);
    const schema = await patiently(() => copyInto(from, copy));
    await verify(copy, schema);
    await sync(copy);
    // Checked again, since the copy may have taken long.
    checkFree(to);
    await rename(copy, to);
    await syncFolder(to);
  } catch (error) {
    throw isPayError(error) ? error : failure(error, from, to);
  } finally {
    for (const suffix of ["", ...BESIDE]) await rm(copy + suffix, { force: true });
  }
}

function checkPath(field: "from" | "to", path: unknown): void {
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return;
  throw new PayError("INVALID_REQUEST", `backupDatabase needs two paths; "${field}" must be a text such as "pay.db".`, {
    field,
  });
}

/** SQLite would replay the log of a former database into the new one, so no log may exist there either. */
function checkFree(to: string): void {
  const taken = ["", ...BESIDE].map((suffix) => to + suffix).find(existsSync);
  if (taken === undefined) return;
  throw new PayError("INVALID_REQUEST", `The file ${taken} exists; name a new one.`, { field: "to" });
}

/** Creates the file with the permissions of the original before a payment is written to it. */
async function reserve(copy: string, mode: number): Promise<void> {
  const file = await open(copy, "wx", mode & 0o777);
  await file.close();
}

async function copyInto(from: string, copy: string): Promise<number> {
  const schema = checkDatabase(from);
  // A connection of its own without statements: another thread holds it while it copies, and this thread would block as
  // soon as it used the connection, even to finalize a statement.
  const source = new DatabaseSync(from, { readOnly: true, timeout: 0 });
  try {
    await backup(source, copy, { rate: ALL_PAGES });
  } finally {
    source.close();
  }
  return schema;
}

/** Tries again while the file is locked for a moment, as when a process opens it after a crash. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  const until = performance.now() + LOCK_TIMEOUT_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error;
      await wait(10 * Math.random());
    }
  }
}

/** Reads the whole copy on another thread, since that takes long. Leaves one file without a log beside it. */
async function verify(copy: string, schema: number): Promise<void> {
  // Without the flags of this process, which may change how Node.js reads the text below.
  const execArgv = ["--disable-warning=ExperimentalWarning"];
  const worker = new Worker(VERIFY, { eval: true, workerData: copy, execArgv });
  const found = await new Promise<Record<string, unknown>>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the check ended without a result")));
  });
  await worker.terminate();
  const { application_id, journal_mode, quick_check, user_version } = found;
  const isOurs = application_id === APPLICATION_ID && Number(user_version) >= schema;
  const sound = isOurs && quick_check === "ok" && journal_mode === "delete";
  if (!sound)
    throw new PayError("STORE_INCOMPATIBLE", `The copy is damaged, so the database or the disk is too; check both.`);
}

const VERIFY = `
const { DatabaseSync } = require("node:sqlite");
const { parentPort, workerData } = require("node:worker_threads");
const db = new DatabaseSync(workerData);
const ask = (name) => db.prepare("PRAGMA " + name).get();
const found = { ...ask("journal_mode = DELETE"), ...ask("application_id"), ...ask("user_version"), ...ask("quick_check(1)") };
db.close();
parentPort.postMessage(found);
`;

async function sync(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the new name durable. Windows cannot sync a folder. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(dirname(resolve(path)), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** SQLite does not report which of the two files it could not read or write. */
function failure(error: unknown, from: string, to: string): PayError {
  if ((error as { errcode?: number }).errcode !== undefined) return storeError(error, `${from}, or its copy ${to},`);
  const cause = new Error(String((error as { code?: string }).code ?? "no error of the file system"));
  return new PayError("STORE_UNAVAILABLE", `The copy ${to} cannot be written now; check the disk and try again.`, {
    cause,
  });
}
