import assert from "node:assert/strict";
import type { WireAnswer } from "../fixtures/wire.ts";
import { paymentName, type Subject } from "../subject.ts";
import { assertAddressHidesSecrets } from "./find-leaks.ts";
import { assertSaysNoId, saysName } from "./find-names.ts";
import { type RunnableOperation, sentBy } from "./operation.ts";

/** Tests the names by which an operation calls its payment. */
export function testPaymentNames(subject: Subject, { name, run }: RunnableOperation, answer: WireAnswer): void {
  subject.check(`${name} names the payment to the gateway`, async () => {
    const { providerReference, merchantReference } = paymentName(subject);
    const sent = await sentBy(subject, run, answer);
    assert.ok(saysName(sent, merchantReference, providerReference), "the provider's reference or ours is sent");
  });
  subject.check(`${name} names everything by our references, and nowhere by ids that only Pay knows`, async () => {
    assertSaysNoId(await sentBy(subject, run, answer));
  });
  subject.check(`${name} puts no key into the address of its request, where the document does not`, async () => {
    assertAddressHidesSecrets(subject, await sentBy(subject, run, answer));
  });
}
