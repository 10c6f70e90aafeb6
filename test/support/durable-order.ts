import type { Call } from "./strace.ts";

/** What is known of one file's writes, by where they begin. */
interface Writes {
  /** Written, and in no sync that succeeded since: the number of bytes. */
  readonly unsynced: Map<number, number>;
  /** Written before a sync that failed: the system forgets such writes, and its next sync says nothing of them. */
  readonly lost: Map<number, number>;
  /** Where the last write ended. */
  end: number;
}

/**
 * Says where a trace breaks the order that durability rests on: no callback is acknowledged while its database's log has
 * writes that no sync has confirmed, and no log is started over while the database has.
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
      // What is lost behind the last write is no longer part of the log.
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

/** Whether this call sends a gateway its "received". */
export function isAcknowledgement({ name, text }: Call): boolean {
  return /^(write|writev|sendto|sendmsg)$/.test(name) && text.includes('"HTTP/1.1 200 ');
}
