// Writes the mistakes that test the provider contract into packages/testkit/README.md. `--check` writes nothing and fails if
// they are out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MUTATIONS, mutationTables } from "../packages/testkit/broken-adapters/mutations.ts";

const PAGE: string = join(import.meta.dirname, "../packages/testkit/README.md");
const MARKED = /(<!-- generated from broken-adapters -->\n)[\s\S]*?(<!-- end -->)/;

const page = readFileSync(PAGE, "utf8");
const current = page.replace(MARKED, (_, begin, end) => {
  const count = `The ${MUTATIONS.length} mistakes, each in one line of an adapter that passes without it:`;
  return `${begin}\n${count}\n\n${mutationTables()}\n\n${end}`;
});
if (!process.argv.includes("--check")) writeFileSync(PAGE, current);
else if (page !== current) {
  console.error("packages/testkit/README.md is out of date; run node scripts/broken-adapters.ts");
  process.exitCode = 1;
}
