import type { PaymentRecord, PaymentStore } from "@pay/core/store";
import { changes, eventStep, insertRequestOf, newRecord } from "@pay/testkit/internal";

/** Opens a payment and records its success. Resolves once both are acknowledged. */
export async function paid(store: PaymentStore, opened: PaymentRecord = newRecord()): Promise<PaymentRecord> {
  await store.insert(insertRequestOf(opened));
  const { record, event, history } = eventStep(opened, "payment.succeeded");
  const { merchantAccount, id: paymentId } = record.payment;
  const recorded = changes({ record, history, events: [event], inbox: ["digest"], claimsOrder: true });
  await store.update({ merchantAccount, paymentId }, () => ({ changes: recorded, result: undefined }));
  return record;
}
