// Writes the state machine's table and diagram into docs/life-of-a-payment.md. `--check` writes nothing and fails if they are out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cell, COLUMNS, type Column, type Row, TRANSITIONS } from "@pay/core/internal";

const PAGE: string = join(import.meta.dirname, "../docs/life-of-a-payment.md");
const MARKED = /(<!-- generated from transition\.ts -->\n)[\s\S]*?(<!-- end -->)/;

/** The meaning of each row, in plain words. */
const MEANINGS: Readonly<Record<Row, string>> = {
  create_accepted: "the gateway took the payment",
  create_refused: "the gateway refused the payment, or was certainly not reached",
  create_unknown: "the gateway may or may not have taken the payment",
  succeeded: "success",
  succeeded_after_soft_failure: "success after a failure from a gateway whose failures are provisional",
  succeeded_recorded: "success, recorded by a person",
  succeeded_order_paid: "success, but another payment of the order succeeded first",
  succeeded_superseded: "success of a superseded payment: a later checkout of the order has another amount",
  succeeded_sent_back: "success after all of its money went back, by a reversal or refunds",
  succeeded_other_amount: "success with another amount or currency",
  succeeded_other_reference: "success with another provider reference",
  failed: "failure, from a gateway whose failures are provisional",
  failed_finally: "failure, from a gateway whose failures are final, or after a person recorded the success",
  failed_recorded: "failure, recorded by a person",
  pending: "the gateway is still waiting for the buyer",
  reversed: "the gateway took the money back",
  reversed_again: "the gateway took the money back, reported again",
  reversed_other_amount: "the gateway took another amount back than the payment's, e.g. a part of the money",
  reversed_other_reference: "the gateway took money back under another provider reference",
  unrecognized: "a status that the adapter does not know",
  deadline: "the payment's deadline passed",
  cancel: "the shop cancels the payment",
};

const COLUMN_NAMES: readonly Column[] = ["open", "unsuccessful", "succeeded"];

function table(): string {
  const rows = (Object.keys(TRANSITIONS) as Row[]).map((row) => {
    const cells = COLUMN_NAMES.map((column) => describe(TRANSITIONS[row][column]));
    return `| ${[MEANINGS[row], ...cells].join(" | ")} |`;
  });
  return [
    "| fact | created, pending, unknown | failed, expired, canceled | succeeded |",
    "|---|---|---|---|",
    ...rows,
  ].join("\n");
}

function describe(cell: Cell): string {
  if (cell.refuse !== undefined) return `error \`${cell.refuse}\``;
  if (cell.duplicate) return "duplicate";
  const parts: string[] = [];
  if (cell.to !== undefined) parts.push(`**${cell.to}**${cell.from ? ` (from ${cell.from.join(", ")})` : ""}`);
  if (cell.claimsOrder) parts.push("pays the order");
  if (cell.event !== undefined) parts.push(`event \`${cell.event}\``);
  if (cell.review !== undefined) parts.push(`review \`${cell.review}\``);
  return parts.length === 0 ? "keep" : parts.join(", ");
}

function diagram(): string {
  const edges = new Map<string, string[]>();
  for (const row of Object.keys(TRANSITIONS) as Row[]) {
    for (const [state, column] of Object.entries(COLUMNS)) {
      const { to, from } = TRANSITIONS[row][column];
      if (to === undefined || to === state || (from && !from.some((allowed) => allowed === state))) continue;
      const label = row.startsWith("succeeded") ? "success" : row.replace("_finally", "").replaceAll("_", " ");
      const edge = `${state} --> ${to}`;
      const labels = edges.get(edge) ?? [];
      if (!labels.includes(label)) edges.set(edge, [...labels, label]);
    }
  }
  const lines = [...edges].map(([edge, labels]) => `  ${edge}: ${labels.join(", ")}`);
  return ["```mermaid", "stateDiagram-v2", "  [*] --> created", ...lines, "  succeeded --> [*]", "```"].join("\n");
}

const page = readFileSync(PAGE, "utf8");
const current = page.replace(MARKED, `$1\n${table()}\n\n${diagram()}\n\n$2`);
if (!process.argv.includes("--check")) writeFileSync(PAGE, current);
else if (page !== current) {
  console.error("docs/life-of-a-payment.md is out of date; run npx -y pnpm@12 run docs");
  process.exitCode = 1;
}
