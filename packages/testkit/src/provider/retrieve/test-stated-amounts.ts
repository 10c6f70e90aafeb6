import assert from "node:assert/strict";
import type { Money, StatusReport } from "@pay/core/adapter";
import { same } from "../../same.ts";
import type { Documented } from "../fixtures/provider-fixtures.ts";
import { amountsIn, echo } from "../gateway/echo.ts";
import { answerEach, type RunnableOperation } from "../operations/operation.ts";
import type { Subject } from "../subject.ts";
import { saidIn } from "../texts/answer-fields.ts";
import { notationOf } from "../texts/written-amounts.ts";

/** Tests the amounts that an answer states: digit for digit, in each currency that it can name. */
export function testStatedAmounts(
  subject: Subject,
  operation: RunnableOperation,
  documented: readonly Documented<StatusReport>[],
): void {
  const { check, fixtures, provider } = subject;
  const cases = documented.flatMap(({ answer, gives: { amount } }) => {
    if (amount === undefined || amountsIn(fixtures, answer, amount as Money).length === 0) return [];
    const namesCurrency = saidIn(answer).some(({ value }) => value === amount.currency);
    const currencies = namesCurrency ? provider.traits.currencies : [amount.currency];
    return [{ answer, amount: amount as Money, currencies }];
  });
  if (cases.length === 0) return;
  check("retrieve reports the amount that the answer states, digit for digit and in its currency", async () => {
    for (const { amount, answer, currencies } of cases) {
      for (const currency of currencies.filter((one) => notationOf(fixtures.amounts, one) !== undefined)) {
        for (const value of [1, 435, 1001, 123_456_789]) {
          const stated = echo(fixtures, answer, amount, { value, currency });
          await answerEach(subject, operation, [stated], (seen) => {
            assert.ok(seen, `retrieve reads ${stated.body}`);
            same((seen as StatusReport).amount, { value, currency }, `the amount of ${stated.body}`);
          });
        }
      }
    }
  });
}
