import assert from "node:assert/strict";
import type { ProviderRefundRequest, RefundOutcome } from "@pay/core/adapter";
import type { RefundFixtures } from "../fixtures/provider-fixtures.ts";
import type { WireAnswer } from "../fixtures/wire.ts";
import { reply } from "../gateway/gateway.ts";
import {
  inTime,
  newCall,
  OTHER_REFUND_ID,
  paymentName,
  REFUND_ID,
  refundRequest,
  type Subject,
  withAdapter,
} from "../subject.ts";
import { oneChanged } from "../texts/almost-equal.ts";
import { replaceWord } from "../texts/replace-word.ts";

/**
 * Pay finds a refund by its name. If two refunds share a name, Pay takes them for one; if a refund has the payment's own name, Pay takes
 * every refund of that payment for it.
 */
export function testRefundNames(subject: Subject, { done }: RefundFixtures): void {
  subject.check("refund gives each refund a name of its own, never the payment's", async () => {
    const { paymentId, providerReference, merchantReference } = paymentName(subject);
    for (const { answer, gives } of done) {
      const first = await refunded(subject, answer, {});
      if (first === undefined) continue;
      for (const own of [paymentId, providerReference, merchantReference])
        assert.notEqual(first, own, "the payment's name is no refund's");
      const change = { refundId: OTHER_REFUND_ID, refundMerchantReference: OTHER_REFUND_ID.slice(4) };
      // A gateway gives each refund a name of its own, in the same form.
      const name = gives.providerReference ?? "";
      const body = replaceWord(answer.body, REFUND_ID.slice(4), OTHER_REFUND_ID.slice(4));
      const other = { ...answer, body: replaceWord(body, name, oneChanged(name).at(-1) ?? "") };
      assert.notEqual(await refunded(subject, other, change), first, "another refund has another name");
    }
  });
}

/** The name that the adapter gives a refund after this answer. */
function refunded(
  subject: Subject,
  answer: WireAnswer,
  change: Partial<ProviderRefundRequest>,
): Promise<string | undefined> {
  return withAdapter(
    subject,
    ({ response }) => reply(response, answer),
    async (provider) => {
      const outcome: RefundOutcome = await inTime(
        provider.refund!(refundRequest(subject, change), newCall()),
        "refund",
      );
      return "providerReference" in outcome ? outcome.providerReference : undefined;
    },
  );
}
