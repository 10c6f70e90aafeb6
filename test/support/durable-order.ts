import type { Call } from "./strace.ts";

/** The state of one file's writes, by their offsets. */
interface Writes {
  /** Numbers of bytes written without a successful sync since. */
  readonly unsynced: Map<number, number>;
  /** Written before a failed sync: the system drops such writes, and its next sync does not report them. */
  readonly lost: Map<number, number>;
  /** The end of the last write. */
  end: number;
}

/**
 * Finds where a trace violates the order of durable writes: no callback is acknowledged while its database's log has unsynced writes, and no
 * log is restarted while the database has.
 */
export function orderViolations(path: string, calls: readonly Call[]): readonly string[] {
  const files = new Map<string, Writes>(
    [path, `${path}-wal`].map((file) => [file, { unsynced: new Map(), lost: new Map(), end: 0 }]),
  );
  const database = files.get(path)!;
  const log = files.get(`${path}-wal`)!;
  const violations: string[] = [];

  for (const call of calls) {
    const writes = files.get(call.file);
    if (writes !== undefined && call.name === "pwrite64") {
      const [, size = 0, offset = 0] = (/, (\d+), (\d+)\) += /.exec(call.text) ?? []).map(Number);
      if (writes === log && offset === 0 && database.unsynced.size + database.lost.size > 0) {
        violations.push(`the log was started over before the database was synced: ${call.text}`);
      }
      if (call.failed) continue;
      writes.lost.delete(offset);
      writes.unsynced.set(offset, size);
      writes.end = offset + size;
    } else if (writes !== undefined && /sync$/.test(call.name)) {
      if (call.failed) for (const [offset, size] of writes.unsynced) writes.lost.set(offset, size);
      writes.unsynced.clear();
    } else if (isAcknowledgement(call)) {
      // Lost bytes after the last write are no longer part of the log.
      const lost = [...log.lost.keys()].filter((offset) => offset < log.end);
      if (log.unsynced.size + lost.length > 0) {
        violations.push(
          `a callback was acknowledged with ${log.unsynced.size} unsynced and ${lost.length} lost writes`,
        );
      }
    }
  }
  return violations;
}

/** True if this call sends an acknowledgement to a gateway. */
export function isAcknowledgement({ name, text }: Call): boolean {
  return /^(write|writev|sendto|sendmsg)$/.test(name) && text.includes('"HTTP/1.1 200 ');
}
