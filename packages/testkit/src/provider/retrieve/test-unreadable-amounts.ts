import assert from "node:assert/strict";
import { formatMoney, type Money, type StatusReport } from "@pay/core/adapter";
import type { Documented } from "../fixtures/provider-fixtures.ts";
import { answerEach, type RunnableOperation } from "../operations/operation.ts";
import type { Subject } from "../subject.ts";
import { type Said, saidIn } from "../texts/answer-fields.ts";

/** Amounts that gateways have written, and that no reader may round, cut or leave out. */
const UNREADABLE_TEXTS = ["323.999999999973", "324,00", "19.99000", "-19.99", "1e3", "", "NaN"];
const UNREADABLE_NUMBERS = [323.999_999_999_973, -1, null];

/** Tests the amounts that an answer to `retrieve` states. */
export function testUnreadableAmounts(
  subject: Subject,
  operation: RunnableOperation,
  documented: readonly Documented<StatusReport>[],
): void {
  const stated = documented.flatMap(({ answer, gives: { amount } }) =>
    amount === undefined ? [] : saidIn(answer).filter(({ value }) => isAmount(value, amount as Money)),
  );
  if (stated.length === 0) return;
  subject.check("retrieve reports nothing but unrecognized from an amount that it cannot read", async () => {
    for (const said of stated) {
      // Another field may happen to say the same.
      if (!(await isRead(subject, operation, said))) continue;
      const bad = typeof said.value === "number" ? UNREADABLE_NUMBERS : UNREADABLE_TEXTS;
      const answers = bad.map((amount) => said.with(amount));
      await answerEach(subject, operation, answers, (seen, { body }) => {
        // The adapter may also throw: Pay then reports the answer as unrecognized. A success without its amount is not compared.
        const { status } = (seen ?? { status: "unrecognized" }) as StatusReport;
        assert.equal(status, "unrecognized", `${body} states no amount: report it as unrecognized, with these words`);
      });
    }
  });
}

function isAmount(value: unknown, amount: Money): boolean {
  return [String(amount.value), formatMoney(amount)].includes(String(value));
}

/** Whether another amount in this place changes the report. */
async function isRead(subject: Subject, operation: RunnableOperation, said: Said): Promise<boolean> {
  const amounts: unknown[] = [];
  const other = String(said.value).replace(/\d$/, (digit) => String((Number(digit) + 9) % 10));
  const answers = [said.with(said.value), said.with(typeof said.value === "number" ? Number(other) : other)];
  await answerEach(subject, operation, answers, (seen) =>
    amounts.push((seen as StatusReport | undefined)?.amount?.value),
  );
  return amounts[0] !== amounts[1];
}
