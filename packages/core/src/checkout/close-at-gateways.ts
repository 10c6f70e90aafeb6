import { cancel } from "../cancel/cancel.ts";
import type { Context } from "../context.ts";
import { errorLabel } from "../model/errors.ts";
import type { PaymentId } from "../model/ids.ts";
import { OPEN_STATES, type Payment } from "../model/payment.ts";
import { providerOf } from "../runtime/find-provider.ts";

/**
 * Cancels those of the payments that nobody should pay any more, because they are superseded or another payment paid their order, at gateways
 * that can cancel. Never rejects: a payment that stays open is superseded, or its order is paid, which is committed already.
 */
export async function closeAtGateways(
  context: Context,
  payments: readonly Payment[],
  orderPaidBy?: PaymentId,
): Promise<void> {
  const unwanted = payments.filter(
    ({ id, superseded }) => superseded !== undefined || (orderPaidBy !== undefined && orderPaidBy !== id),
  );
  const open = unwanted.filter(({ state }) => OPEN_STATES.includes(state));
  const closable = open.filter((payment) => providerOf(context, payment)?.cancel !== undefined);
  await Promise.all(
    closable.map(({ id, providerName }) =>
      cancel(context, id).catch((error) => {
        const details = { paymentId: id, providerName, error: errorLabel(error) };
        const which = orderPaidBy === undefined ? "A superseded payment" : "An open payment of a paid order";
        context.logger.warn(`${which} could not be canceled at its gateway: the buyer can still pay it.`, details);
      }),
    ),
  );
}

/** Cancels the other open payments of an order that this payment paid, so that the buyer does not pay it twice. Never rejects. */
export async function closeOthers(context: Context, { id, orderId }: Payment): Promise<void> {
  if ([...context.providers.values()].every(({ cancel }) => cancel === undefined)) return;
  try {
    const { payments } = await context.store.order(orderId);
    await closeAtGateways(
      context,
      payments.map(({ payment }) => payment),
      id,
    );
  } catch (error) {
    const details = { paymentId: id, error: errorLabel(error) };
    context.logger.warn("The other payments of a paid order could not be read, and stay open.", details);
  }
}
