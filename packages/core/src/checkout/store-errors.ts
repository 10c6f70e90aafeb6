import { PayError } from "../model/errors.ts";
import type { PaymentRecord } from "../model/payment.ts";

/** The store's answer. If the store fails, throws `STORE_UNAVAILABLE` with this message. */
export async function orUnavailable<T>(work: Promise<T>, message: string, record?: PaymentRecord): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const { id: paymentId, providerName } = record?.payment ?? {};
    throw new PayError("STORE_UNAVAILABLE", message, { paymentId, providerName, cause });
  }
}
