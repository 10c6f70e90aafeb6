import type { SelllyDetails, SimulatedPayment } from "../ledger.ts";

/**
 * The channels a buyer can choose from on Sellly's page: the one the shop asked for, else those the Sellly API document
 * names for the operator (its row `payment_method`; `mtransfer` from the notification's example). Empty for GOSetti.pl.
 */
export function channelsOf({ currency, details }: SimulatedPayment): readonly string[] {
  return details.kind === "sellly" ? selllyChannels(details, currency) : [];
}

function selllyChannels({ operator, paymentMethod }: SelllyDetails, currency: string): readonly string[] {
  if (paymentMethod !== null) return [paymentMethod];
  if (operator === "cashbill") return ["blik", "mtransfer", "paysafecard", "paypal"];
  return currency === "EUR" ? ["card", "ideal", "giropay", "eps", "bancontact"] : ["card"];
}
