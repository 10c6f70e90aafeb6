import { channelsOf } from "./channels.ts";
import type { Delivery } from "./deliver.ts";
import { failure } from "./failure.ts";
import type { Ledger, SimulatedPayment } from "./ledger.ts";

/** What a buyer can do on the payment page. `leave` is walking away: nothing is sent and the payment stays open. */
export type BuyerAction = "pay" | "decline" | "leave";

/**
 * Where the buyer goes. `redirect`: back to the shop. `wait`: GOSetti.pl does not know the way back yet, the page asks for
 * patience. `end`: Sellly's plain end page. `left`: nowhere; `url` is the page they left.
 */
export interface BuyerOutcome {
  readonly kind: "redirect" | "wait" | "end" | "left";
  readonly url: string;
}

/** The buyer on the hosted page, for the page's forms and for the control API alike. */
export interface Buyer {
  /**
   * GOSetti.pl's buyer waits for the shop's answer to the first callback, Sellly's does not.
   * Throws `unknown_payment`, `already_finished`, and `bad_request` for a channel the page does not offer.
   */
  act(id: string, action: BuyerAction, channel?: string): Promise<BuyerOutcome>;
  /** Where the buyer of a payment is now; `left` while it is open. */
  whereabouts(id: string): BuyerOutcome;
}

export function createBuyer(ledger: Ledger, delivery: Delivery): Buyer {
  function whereabouts(id: string): BuyerOutcome {
    const { gateway, pageUrl, returnTo, state } = ledger.get(id);
    if (state === "open") return { kind: "left", url: pageUrl };
    if (returnTo !== null) return { kind: "redirect", url: returnTo };
    return { kind: gateway === "gosetti" ? "wait" : "end", url: pageUrl };
  }

  async function act(id: string, action: BuyerAction, channel?: string): Promise<BuyerOutcome> {
    const payment = ledger.get(id);
    if (payment.state !== "open") throw failure("already_finished", `Payment ${id} is already ${payment.state}`);
    if (action === "leave") return whereabouts(id);
    ledger.change(id, {
      state: action === "pay" ? "paid" : "declined",
      finishedAt: new Date().toISOString(),
      details: withChannel(payment, channel),
    });
    const answered = delivery.start(id);
    if (payment.gateway === "gosetti") await answered;
    return whereabouts(id);
  }

  return { act, whereabouts };
}

function withChannel(payment: SimulatedPayment, channel: string | undefined): SimulatedPayment["details"] {
  const { details } = payment;
  if (details.kind !== "sellly") return details;
  const offered = channelsOf(payment);
  const chosen = channel ?? offered[0]!;
  if (!offered.includes(chosen)) throw failure("bad_request", `The page does not offer the channel ${chosen}`);
  return { ...details, paymentChannel: chosen };
}
