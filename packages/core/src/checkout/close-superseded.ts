import { cancel } from "../cancel/cancel.ts";
import type { Context } from "../context.ts";
import { errorLabel } from "../model/errors.ts";
import { OPEN_STATES, type Payment } from "../model/payment.ts";
import { providerOf } from "../runtime/find-provider.ts";

/**
 * Cancels superseded payments at gateways that can cancel, so that the buyer pays only the right one. Never rejects: a payment that is
 * still open afterwards is superseded, which is committed already.
 */
export async function closeSuperseded(context: Context, payments: readonly Payment[]): Promise<void> {
  const open = payments.filter(({ state, superseded }) => superseded !== undefined && OPEN_STATES.includes(state));
  const closable = open.filter((payment) => providerOf(context, payment)?.cancel !== undefined);
  await Promise.all(
    closable.map(({ id, providerName }) =>
      cancel(context, id).catch((error) => {
        const details = { paymentId: id, providerName, error: errorLabel(error) };
        context.logger.warn(
          "A superseded payment could not be canceled at its gateway: the buyer can still pay it.",
          details,
        );
      }),
    ),
  );
}
