import assert from "node:assert/strict";
import type { Call, PaymentName, PaymentProvider, StatusReport } from "@pay/core/adapter";
import { answerEach, type Operation, readsAnswers } from "../operations/operation.ts";
import { testFaults } from "../operations/test-faults.ts";
import { testNamesInAddresses } from "../operations/test-names-in-addresses.ts";
import { testOtherPayments } from "../operations/test-other-payments.ts";
import { testPaymentNames } from "../operations/test-payment-names.ts";
import { testRenewedToken } from "../operations/test-renewed-token.ts";
import { type OnPayment, testWithoutProviderReference } from "../operations/test-without-provider-reference.ts";
import { paymentName, type Subject } from "../subject.ts";
import { UNPAID, variantsOf } from "../texts/status-variants.ts";
import { testFreshAnswers } from "./test-fresh-answers.ts";
import { testKeptAnswers } from "./test-kept-answers.ts";
import { testStatedAmounts } from "./test-stated-amounts.ts";
import { testStatusWords } from "./test-status-words.ts";
import { testUnreadableAmounts } from "./test-unreadable-amounts.ts";

/** Tests `retrieve`, if the provider has it. */
export function testRetrieve(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { retrieve } = fixtures;
  if (retrieve === undefined || provider.retrieve === undefined) return;
  const run = (of: PaymentProvider, call: Call) => of.retrieve!(paymentName(subject), call);
  const operation = { name: "retrieve", run } as const;
  const [{ answer, gives }] = retrieve.answers;

  check("retrieve reads each documented answer as documented", () =>
    readsAnswers(subject, operation, "retrieve.answers", retrieve.answers),
  );
  check("retrieve takes an undocumented status for unrecognized, and never guesses", async () => {
    const known = retrieve.answers.flatMap((one) => one.gives.providerStatus ?? []);
    const near = known.flatMap(variantsOf).filter((word) => !known.includes(word));
    const words = ["constructor", "__proto__", "", " ", "UNKNOWN", "never_documented", "paid?", "0", ...near];
    await answerEach(subject, operation, words.map(retrieve.withStatus), (seen, { body }) => {
      // The adapter may also throw: Pay then reports the answer as unrecognized.
      const { status } = (seen ?? { status: "unrecognized" }) as StatusReport;
      assert.equal(status, "unrecognized", `${body} is undocumented`);
    });
    const unpaid = UNPAID.filter((word) => !known.includes(word));
    await answerEach(subject, operation, unpaid.map(retrieve.withStatus), (seen, { body }) => {
      assert.notEqual(
        (seen as StatusReport | undefined)?.status,
        "succeeded",
        `${body} is no success; if the document says so, add it to retrieve.answers`,
      );
    });
  });
  testStatusWords(subject, operation, retrieve);
  testStatedAmounts(subject, operation, retrieve.answers);
  testFreshAnswers(subject, operation, retrieve.answers);
  testUnreadableAmounts(subject, operation, retrieve.answers);
  testKeptAnswers(
    subject,
    operation,
    retrieve.answers.map((one) => one.answer),
  );
  const { merchantReference, providerReference } = paymentName(subject);
  testOtherPayments(
    subject,
    operation,
    retrieve.answers.map((one) => one.answer),
    { names: [merchantReference, providerReference] },
  );
  testPaymentNames(subject, operation, answer);
  const onPayment: OnPayment = (of, call, change) =>
    of.retrieve!({ ...paymentName(subject), ...change } as PaymentName, call);
  testWithoutProviderReference(subject, "retrieve", answer, onPayment);
  testNamesInAddresses(subject, "retrieve", answer, onPayment);
  // `retrieve` returns a report, not an outcome, so the status takes the place of the outcome's kind.
  const reportStatus: Operation["run"] = async (of, call) => ({ kind: (await run(of, call)).status });
  const reported = { ...operation, run: reportStatus, documented: answer, done: [gives.status], refused: [] } as const;
  testRenewedToken(subject, reported);
  testFaults(subject, reported);
}
