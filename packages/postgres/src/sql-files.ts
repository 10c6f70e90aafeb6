import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../sql/", import.meta.url);
const FUNCTIONS = new URL("functions/", FOLDER);

/** `sql/0001-tables.sql` and the later ones: the number of files is the version of the schema. */
export const MIGRATIONS: readonly string[] = filesOf(FOLDER).map(({ text }) => text);
/** `sql/functions/<name>.sql`: one function each, called as its file. */
export const FUNCTION_FILES: readonly { readonly name: string; readonly text: string }[] = filesOf(FUNCTIONS);

const TABLE = /^CREATE TABLE pay\.(\w+) \(\n(.*?)^\);/gms;
const COLUMN = /^ {2}([a-z_]+) +[a-z]/gm;
const ADDED_COLUMN = /^ALTER TABLE pay\.(\w+) ADD COLUMN (\w+)/gm;
const UNIQUE = /^CREATE UNIQUE INDEX (\w+)/gm;

/** The tables with their columns, read from the migrations, so that a new column is declared once. */
export const COLUMNS: ReadonlyMap<string, readonly string[]> = columns();
/** The keys and unique indexes, which keep Pay from counting a notification, a success or a delivery twice. */
export const UNIQUE_INDEXES: readonly string[] = [
  ...[...COLUMNS.keys()].map((table) => `${table}_pkey`),
  ...MIGRATIONS.flatMap((text) => [...text.matchAll(UNIQUE)].map(([, name]) => name!)),
];
export const TABLES: readonly string[] = [...COLUMNS.keys()];

function columns(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const text of MIGRATIONS) {
    for (const [, table, body] of text.matchAll(TABLE)) {
      found.set(
        table!,
        [...body!.matchAll(COLUMN)].map(([, column]) => column!),
      );
    }
    for (const [, table, column] of text.matchAll(ADDED_COLUMN)) found.get(table!)?.push(column!);
  }
  return found;
}

function filesOf(folder: URL): readonly { readonly name: string; readonly text: string }[] {
  const names = readdirSync(folder).filter((file) => file.endsWith(".sql"));
  return names.sort().map((file) => ({
    name: file.replace(/\.sql$/, ""),
    text: readFileSync(new URL(file, folder), "utf8"),
  }));
}
