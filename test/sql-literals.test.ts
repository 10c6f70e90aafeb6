import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { ReviewKind } from "@pay/core";
import {
  DELIVERY_STATUSES,
  EVENT_TYPES,
  FINISHED_DELIVERY_STATUSES,
  OPEN_STATES,
  PAYMENT_STATES,
  REFUND_STATUSES,
  REVIEW_STATUSES,
  SUPERSEDED_BY_SUCCESS,
  UNDELIVERED_STATUSES,
  UNDER_WAY_STATUSES,
} from "@pay/core/internal";

const ROOT = join(import.meta.dirname, "..");
const SQL_FILES = globSync("packages/{sqlite,postgres}/sql/**/*.sql", { cwd: ROOT });
/** Sources with statements on Pay's tables, not on PostgreSQL's catalog. */
const SOURCES = globSync(
  "packages/{sqlite,postgres}/src/{reads,update,delivery,transaction,status,search,prune,rows}.ts",
  {
    cwd: ROOT,
  },
);

/** The values that a column may hold, and the lists of them that a condition may use. */
const COLUMNS: Readonly<Record<string, { readonly values: readonly string[]; readonly lists: Lists }>> = {
  state: { values: PAYMENT_STATES, lists: { IN: OPEN_STATES, "NOT IN": OPEN_STATES } },
  type: { values: EVENT_TYPES, lists: { IN: SUPERSEDED_BY_SUCCESS } },
  // The status of a refund, inside the JSON of `payment.refunds`.
  "->>'status'": { values: REFUND_STATUSES, lists: { IN: UNDER_WAY_STATUSES } },
  // The status of a delivery or a review.
  status: {
    values: [...DELIVERY_STATUSES, ...REVIEW_STATUSES],
    lists: { IN: UNDELIVERED_STATUSES, "NOT IN": FINISHED_DELIVERY_STATUSES },
  },
};
type Lists = Readonly<Record<string, readonly string[]>>;

const UNMATCHED: ReviewKind = "unmatched";
const VALUES = new Set([...Object.values(COLUMNS).flatMap(({ values }) => values), UNMATCHED]);
/** Words shared by a function and its caller in the same package, and words of PostgreSQL and the queue. */
const OTHER = new Set([
  ...["exists", "found", "opened", "released", "retry", "version"],
  ...["on", "synchronous_commit", "lock_timeout", "serialization_failure", "pay_deliver", "id"],
]);

const COLUMN = /(->>'status'|\b(?:state|type|status)\b)/.source;
const LIST = new RegExp(`${COLUMN} (NOT IN|IN) \\(('[^)]*')\\)`, "g");
const COMPARISON = new RegExp(`${COLUMN} (?:=|<>) '([^']*)'`, "g");
const WORD = /(?<!->>?)'([a-z_.]+)'/g;
const INSERT = /\bINSERT (?:OR IGNORE )?INTO [\w.]+(?![\w.]| *\()/g;

function sqlOf(file: string): string {
  const text = readFileSync(join(ROOT, file), "utf8");
  if (file.endsWith(".sql")) return text.replaceAll(/--.*$/gm, "");
  const code = text.replaceAll(/\/\*.*?\*\/|^\s*\/\/[^\n]*/gms, "");
  const strings = code.match(/"[^"\n]*"|`[^`]*`/g) ?? [];
  return strings.filter((string) => /\b(?:SELECT|INSERT|UPDATE|DELETE|FROM|IN)\b/.test(string)).join("\n");
}

function literals(list: string): readonly string[] {
  return list.split(/, */).map((literal) => literal.replaceAll("'", ""));
}

describe.each([...SQL_FILES, ...SOURCES])("the SQL of %s", (file) => {
  const sql = sqlOf(file);

  it("lists the states, types and statuses that core lists", () => {
    for (const [, column, operator, list] of sql.matchAll(LIST)) {
      expect({ column, operator, list: literals(list!) }).toEqual({
        column,
        operator,
        list: COLUMNS[column!]!.lists[operator!],
      });
    }
  });

  it("compares columns with values that core knows", () => {
    for (const [condition, column, value] of sql.matchAll(COMPARISON)) {
      expect({ condition, known: COLUMNS[column!]!.values.includes(value!) }).toEqual({ condition, known: true });
    }
  });

  it("has no other word that core does not know", () => {
    const words = [...sql.matchAll(WORD)].map(([, word]) => word!);
    expect(words.filter((word) => !VALUES.has(word) && !OTHER.has(word))).toEqual([]);
  });

  it("names the columns of every INSERT", () => {
    const positional = [...sql.matchAll(INSERT)].map(([statement]) => statement);
    // A row of the table's own type has each column by its name.
    const isWholeRow = file.endsWith("functions/insert_payment.sql");
    expect(positional).toEqual(isWholeRow ? ["INSERT INTO pay.payment"] : []);
  });
});

describe("the SQL in sources", () => {
  it("takes its lists from core instead of writing them", () => {
    for (const file of SOURCES) expect([file, [...sqlOf(file).matchAll(LIST)].length]).toEqual([file, 0]);
  });
});

describe("the files of the two stores", () => {
  it("have the same names for the same job", () => {
    const jobs = "{store,reads,update,delivery,status,search,rows,schema,prune,errors,sql-lists}.ts";
    const names = (store: string) => globSync(jobs, { cwd: join(ROOT, "packages", store, "src") }).sort();
    expect(names("sqlite")).toEqual(names("postgres"));
    expect(names("sqlite")).toHaveLength(11);
  });
});
