import type { PaymentName } from "@pay/core/adapter";
import { type Ending, type Operation, readsAnswers } from "../operations/operation.ts";
import { testDone } from "../operations/test-done.ts";
import { testFaults } from "../operations/test-faults.ts";
import { testNamesInAddresses } from "../operations/test-names-in-addresses.ts";
import { testOtherPayments } from "../operations/test-other-payments.ts";
import { testPaymentNames } from "../operations/test-payment-names.ts";
import { testRenewedToken } from "../operations/test-renewed-token.ts";
import { testUndocumentedRefusals } from "../operations/test-undocumented-refusals.ts";
import { type OnPayment, testWithoutProviderReference } from "../operations/test-without-provider-reference.ts";
import { paymentName, type Subject } from "../subject.ts";

/** Tests `cancel`, if the provider has it. */
export function testCancel(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { cancel } = fixtures;
  if (cancel === undefined || provider.cancel === undefined) return;
  const name = "cancel";
  const run: Operation["run"] = (of, call): Promise<Ending> => of.cancel!(paymentName(subject), call);
  const documented = cancel.done[0].answer;

  check("cancel reads each documented answer as documented, from one request", async () => {
    await readsAnswers(subject, { name, run }, "cancel.done", cancel.done);
    await readsAnswers(subject, { name, run }, "cancel.refused", cancel.refused);
  });
  const { merchantReference, providerReference } = paymentName(subject);
  testOtherPayments(
    subject,
    { name, run },
    cancel.done.map(({ answer }) => answer),
    { names: [merchantReference, providerReference] },
  );
  testPaymentNames(subject, { name, run }, documented);
  const onPayment: OnPayment = (of, call, change) =>
    of.cancel!({ ...paymentName(subject), ...change } as PaymentName, call);
  testWithoutProviderReference(subject, name, documented, onPayment);
  testNamesInAddresses(subject, name, documented, onPayment);
  const operation = { name, run, documented, done: ["canceled"], refused: cancel.refused } as const;
  testDone(subject, operation, cancel.done);
  testRenewedToken(subject, operation);
  testUndocumentedRefusals(subject, operation);
  testFaults(subject, operation);
}
