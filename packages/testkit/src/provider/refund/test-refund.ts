import assert from "node:assert/strict";
import { assertTellsOnlyTheGateway } from "../operations/find-leaks.ts";
import { saysName } from "../operations/find-names.ts";
import { type Ending, type Operation, readsAnswers, sentBy } from "../operations/operation.ts";
import { testDone } from "../operations/test-done.ts";
import { testFaults } from "../operations/test-faults.ts";
import { testNamesInAddresses } from "../operations/test-names-in-addresses.ts";
import { testOtherPayments } from "../operations/test-other-payments.ts";
import { testPaymentNames } from "../operations/test-payment-names.ts";
import { testRenewedToken } from "../operations/test-renewed-token.ts";
import { testUndocumentedRefusals } from "../operations/test-undocumented-refusals.ts";
import { type OnPayment, testWithoutProviderReference } from "../operations/test-without-provider-reference.ts";
import { refundRequest, type Subject } from "../subject.ts";
import { testRefundNames } from "./test-refund-names.ts";

/** Tests `refund`, if the provider has it. */
export function testRefund(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { refund } = fixtures;
  if (refund === undefined || provider.refund === undefined) return;
  const name = "refund";
  const run: Operation["run"] = (of, call): Promise<Ending> => of.refund!(refundRequest(subject), call);
  const documented = refund.done[0].answer;

  check("refund reads each documented answer as documented, from one request", async () => {
    await readsAnswers(subject, { name, run }, "refund.done", refund.done);
    await readsAnswers(subject, { name, run }, "refund.refused", refund.refused);
  });
  const { merchantReference, providerReference, refundAmount, refundMerchantReference } = refundRequest(subject);
  testOtherPayments(
    subject,
    { name, run },
    refund.done.map(({ answer }) => answer),
    { names: [merchantReference, providerReference, refundMerchantReference], amount: refundAmount },
  );
  testPaymentNames(subject, { name, run }, documented);
  const onPayment: OnPayment = (of, call, change) => of.refund!(refundRequest(subject, change as object), call);
  testWithoutProviderReference(subject, name, documented, onPayment);
  testNamesInAddresses(subject, name, documented, onPayment);
  check("refund sends its callback address to the gateway alone, in one field and in no return address", async () => {
    assertTellsOnlyTheGateway(subject, await sentBy(subject, run, documented));
  });
  const isNamed = fixtures.callbacks.recorded.some(
    ({ gives }) => gives.kind === "refund" && gives.refund.merchantReference,
  );
  if (isNamed) {
    check("refund sends the name that callbacks use for the refund", async () => {
      const sent = await sentBy(subject, run, documented);
      assert.ok(saysName(sent, refundRequest(subject).refundMerchantReference), "our reference of the refund is sent");
    });
  }
  testRefundNames(subject, refund);
  const operation = { name, run, documented, done: ["succeeded", "pending"], refused: refund.refused } as const;
  testDone(subject, operation, refund.done);
  testRenewedToken(subject, operation);
  testUndocumentedRefusals(subject, operation);
  testFaults(subject, operation);
}
