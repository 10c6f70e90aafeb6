import assert from "node:assert/strict";
import type { ProviderRefundRequest, RefundId, RefundOutcome } from "@pay/core/adapter";
import type { RefundFixtures } from "../fixtures/provider-fixtures.ts";
import type { WireAnswer } from "../fixtures/wire.ts";
import { reply } from "../gateway/gateway.ts";
import { inTime, newCall, paymentName, refundRequest, type Subject, withAdapter } from "../subject.ts";
import { oneChanged } from "../texts/almost-equal.ts";
import { replaceWord } from "../texts/replace-word.ts";

const OTHER_ID = "rfd_01h455vb4pex5vsknk084sn0ff" as RefundId;

/** Refunds are found by their names: two of one name count as one, and the payment's own name is that of every refund of it. */
export function testRefundNames(subject: Subject, { done }: RefundFixtures): void {
  subject.check("refund gives each refund a name of its own, never the payment's", async () => {
    const { paymentId, providerReference, merchantReference: reference } = paymentName(subject);
    for (const { answer, gives } of done) {
      const first = await refunded(subject, answer, {});
      if (first === undefined) continue;
      for (const own of [paymentId, providerReference, reference])
        assert.notEqual(first, own, "the payment's name is no refund's");
      const change = { refundId: OTHER_ID, refundMerchantReference: OTHER_ID.slice(4) };
      // A gateway that names refunds names each otherwise, and in the same way.
      const name = gives.providerReference ?? "";
      const other = { ...answer, body: replaceWord(answer.body, name, oneChanged(name).at(-1) ?? "") };
      assert.notEqual(await refunded(subject, other, change), first, "another refund has another name");
    }
  });
}

/** The name of a refund that is answered so. */
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
