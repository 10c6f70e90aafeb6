import { appendFileSync } from "node:fs";
import { DatabaseSync, StatementSync } from "node:sqlite";
import type { PaymentStore } from "@pay/core";
import type { AnyProvider } from "@pay/core/internal";
import pg from "pg";

/** The point at which this process ends itself, and the number of the pass. */
export interface Armed {
  readonly point: string;
  readonly passing: number;
  /** The file that records the point before the end, so that it is counted. */
  readonly fired: string;
}

export type Pass = (point: string) => void;

/** The code under test is unchanged: its options and the modules below it report where it is. */
export function arm(armed: Armed | undefined): Pass {
  let left = armed?.passing ?? 0;
  return (point) => {
    if (armed === undefined || point !== armed.point || --left > 0) return;
    appendFileSync(armed.fired, `${point}\n`);
    process.kill(process.pid, "SIGKILL");
  };
}

/** The beginnings of the store's writing statements. */
const WRITES = /^\s*(?:UPDATE payment|INSERT INTO \w+|INSERT OR IGNORE INTO \w+|DELETE FROM \w+)/;

export function watchSqlite(pass: Pass): void {
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql) {
    if (sql === "BEGIN IMMEDIATE") pass("before BEGIN");
    if (sql === "COMMIT") pass("before COMMIT");
    exec.call(this, sql);
    if (sql === "BEGIN IMMEDIATE") pass("after BEGIN");
    if (sql === "COMMIT") pass("after COMMIT");
  };
  const { run } = StatementSync.prototype;
  StatementSync.prototype.run = function (this: StatementSync, ...values: unknown[]) {
    const result = run.apply(this, values as never);
    const [name] = WRITES.exec(this.sourceSQL) ?? [];
    // A statement without changes is no failure point.
    if (name !== undefined && Number(result.changes) > 0) pass(`after ${name.trim()}`);
    return result;
  };
}

const CALLED =
  /pay\.(?:insert_payment|update_all|write_changes|lease_deliveries|finish_deliveries|finish_delivery)(?=\()|^BEGIN\b|^COMMIT$|^INSERT INTO shop_grant/;

export function watchPostgres(pass: Pass): void {
  const client = pg.Client.prototype as { query: (...given: unknown[]) => unknown };
  const { query } = client;
  client.query = function (...given) {
    const [name] = CALLED.exec(String(given[0])) ?? [];
    if (name === undefined) return query.apply(this, given);
    pass(`before ${name}`);
    const last = given.at(-1);
    if (typeof last === "function") {
      given[given.length - 1] = (error: unknown, ...rest: unknown[]) => {
        if (!error) pass(`after ${name}`);
        last(error, ...rest);
      };
    }
    const sent = query.apply(this, given);
    // The request was written to the socket, and not answered yet.
    setImmediate(() => pass(`during ${name}`));
    if (sent instanceof Promise) sent.then(() => pass(`after ${name}`)).catch(() => {});
    return sent;
  };
}

export function watchOutbound(pass: Pass): void {
  const { fetch } = globalThis;
  globalThis.fetch = async (...given) => {
    pass("before the outbound request");
    const answer = await fetch(...given);
    pass("after the outbound request");
    return answer;
  };
}

export function watchReply(provider: AnyProvider, pass: Pass): AnyProvider {
  return {
    ...provider,
    reply(outcome, parsed) {
      pass("before the reply");
      return provider.reply(outcome, parsed);
    },
  };
}

export function watchMark(store: PaymentStore, pass: Pass): PaymentStore {
  return {
    ...store,
    async finishDelivery(delivery, outcome) {
      pass("before the delivered mark");
      await store.finishDelivery(delivery, outcome);
      pass("after the delivered mark");
    },
  };
}
