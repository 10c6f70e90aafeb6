import { PayError } from "@pay/core/store";

// Primary result codes: https://sqlite.org/rescode.html. Extended ones carry them in the lowest byte.
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_CORRUPT = 11;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

/** Turns what SQLite throws into an error with a remedy. */
export function storeError(error: unknown, path?: string): PayError {
  const code = (error as { errcode?: number }).errcode;
  const primary = code === undefined ? undefined : code % 256;
  const file = path === undefined ? "The database" : `The database ${path}`;
  const cause = new Error(code === undefined ? "no SQLite error" : `SQLite error ${code}`);
  if (primary === SQLITE_CORRUPT || primary === SQLITE_NOTADB) {
    return new PayError("STORE_INCOMPATIBLE", `${file} is damaged or no SQLite file; restore a backup.`, { cause });
  }
  if (primary === SQLITE_READONLY || primary === SQLITE_CANTOPEN) {
    return new PayError("STORE_UNAVAILABLE", notWritable(file), { cause });
  }
  return new PayError("STORE_UNAVAILABLE", `${file} cannot be opened, read or written now; try again.`, { cause });
}

export function notWritable(file: string): string {
  return `${file} cannot be opened for writing: this process must be allowed to write it, its -wal, its -shm and their folder.`;
}

/** True if another process is writing, so that waiting helps. */
export function isBusy(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY;
}
