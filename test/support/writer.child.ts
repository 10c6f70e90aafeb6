// A process that writes to a SQLite file through the store: `writer.child.ts <path> <name> <payments>`. It sends "ready",
// waits for the start, keeps 64 callers busy until this many payments are opened and completed, and sends a report.
import { randomBytes } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { createIds } from "@pay/core/store";
import { sqliteStore } from "@pay/sqlite";
import { changes, eventStep, insertRequestOf, newRecord } from "@pay/testkit/internal";

/** Start and end in milliseconds, on a clock that both processes share. */
export type Span = readonly [start: number, end: number];

export interface WriterReport {
  /** Times of COMMIT statements, during which the disk works and the other process must wait. */
  readonly commits: readonly Span[];
  /** Times from the request of the lock to its possession. */
  readonly waits: readonly Span[];
  /** The longest single call that did not get the lock. It must return at once, since it blocks the event loop. */
  readonly longestRefusal: number;
  /** The longest time for which the event loop was blocked for any reason, a slow disk included. */
  readonly longestStall: number;
}

const CALLERS = 64;
const [path = "", name = "", payments = ""] = process.argv.slice(2);
const now = () => performance.timeOrigin + performance.now();

const commits: Span[] = [];
const waits: Span[] = [];
let longestRefusal = 0;
let waitingSince: number | undefined;

const exec = DatabaseSync.prototype.exec;
DatabaseSync.prototype.exec = function watched(sql) {
  const start = now();
  if (sql === "BEGIN IMMEDIATE") {
    waitingSince ??= start;
    try {
      exec.call(this, sql);
    } catch (error) {
      longestRefusal = Math.max(longestRefusal, now() - start);
      throw error;
    }
    waits.push([waitingSince, now()]);
    waitingSince = undefined;
    return;
  }
  exec.call(this, sql);
  if (sql === "COMMIT") commits.push([start, now()]);
};

// The fixtures' ids are the same in every process.
const ids = createIds(Date.now, randomBytes);
const store = sqliteStore(path);
await store.start();
process.send?.("ready");
await new Promise((resolve) => process.once("message", resolve));

commits.length = 0;
waits.length = 0;
const stalls = monitorEventLoopDelay({ resolution: 1 });
stalls.enable();
let left = Number(payments);
await Promise.all(
  Array.from({ length: CALLERS }, async () => {
    while (left-- > 0) {
      const record = newRecord({ id: ids.payment(), orderId: `${name} ${left}` });
      await store.insert(insertRequestOf(record));
      const { event, ...paid } = eventStep(record, "payment.succeeded");
      const query = { merchantAccount: record.payment.merchantAccount, paymentId: record.payment.id };
      await store.update(query, () => ({
        changes: changes({ ...paid, events: [event], inbox: ["digest"], claimsOrder: true }),
        result: undefined,
      }));
    }
  }),
);
stalls.disable();
const report: WriterReport = { commits, waits, longestRefusal, longestStall: stalls.max / 1e6 };
await store.close();
process.send?.(report);
process.channel?.unref();
