import { hash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

export type Row = Readonly<Record<string, unknown>>;

/** One payment's data in the tables. */
export interface Story {
  readonly state: string;
  /** States in the order of its history. */
  readonly states: readonly string[];
  /** Rows of the inbox. */
  readonly inbox: number;
  /** Types of its events, in order. */
  readonly events: readonly string[];
  /** Statuses of their deliveries, in order. */
  readonly deliveries: readonly string[];
  /** Kinds of open reviews, sorted. */
  readonly reviews: readonly string[];
  /** The payment that succeeded first for its order. */
  readonly orderPaidBy: string | undefined;
}

/** The story of a normal payment, with some parts replaced. */
export function paidStory(id: string, changes: Partial<Story> = {}): Story {
  return {
    state: "succeeded",
    states: ["created", "pending", "succeeded"],
    inbox: 1,
    events: ["payment.succeeded"],
    deliveries: ["delivered"],
    reviews: [],
    orderPaidBy: id,
    ...changes,
  };
}

/** The query for each part of a story, for the payment in place of the question mark. The same in every store. */
export const STORY_QUERIES: Readonly<Record<keyof Story, string>> = {
  state: "SELECT state FROM payment WHERE id = ?",
  states: "SELECT to_state FROM history WHERE payment_id = ? ORDER BY sequence",
  inbox: "SELECT count(*) FROM inbox WHERE payment_id = ?",
  events: "SELECT type FROM outbox WHERE stream = ? ORDER BY sequence",
  deliveries: "SELECT status FROM delivery WHERE stream = ? ORDER BY sequence",
  reviews: "SELECT kind FROM review WHERE payment_id = ? AND status = 'open' ORDER BY kind",
  orderPaidBy: "SELECT payment_id FROM order_success WHERE order_id = (SELECT order_id FROM payment WHERE id = ?)",
};

/** Combines the first columns of all queries. */
export function storyOf(read: (part: keyof Story) => readonly unknown[]): Story {
  return {
    state: read("state")[0] as string,
    states: read("states") as string[],
    inbox: Number(read("inbox")[0]),
    events: read("events") as string[],
    deliveries: read("deliveries") as string[],
    reviews: read("reviews") as string[],
    orderPaidBy: read("orderPaidBy")[0] as string | undefined,
  };
}

/** Reads a store's file apart from the code under test: by SQL, with a read-only connection. */
export interface Database {
  readonly path: string;
  rows(sql: string, ...values: readonly (string | number)[]): readonly Row[];
  /** The first column of every row. */
  column(sql: string, ...values: readonly (string | number)[]): readonly unknown[];
  story(paymentId: string): Story;
  /** All rows of all tables, and a digest of the file and its log: equal only if nothing was written. */
  dump(): { readonly tables: Readonly<Record<string, readonly Row[]>>; readonly files: readonly string[] };
  /** The bytes of the file and its log. */
  bytes(): Buffer;
}

export function openDatabase(path: string): Database {
  function rows(sql: string, ...values: readonly (string | number)[]): readonly Row[] {
    const db = new DatabaseSync(path, { readOnly: true });
    try {
      return db.prepare(sql).all(...values);
    } finally {
      db.close();
    }
  }

  const column = (sql: string, ...values: readonly (string | number)[]) =>
    rows(sql, ...values).map((row) => Object.values(row)[0]);
  const files = () => [path, `${path}-wal`].filter(existsSync).map((file) => readFileSync(file));

  return {
    path,
    rows,
    column,

    story: (id) => storyOf((part) => column(STORY_QUERIES[part], id)),

    dump() {
      const tables = column("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") as string[];
      return {
        tables: Object.fromEntries(tables.map((table) => [table, rows(`SELECT * FROM "${table}"`)])),
        files: files().map((bytes) => hash("sha256", bytes)),
      };
    },

    bytes: () => Buffer.concat(files()),
  };
}
