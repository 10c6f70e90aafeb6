import type { SimulatorClock } from "./clock.ts";
import type { Delivery } from "./deliver.ts";
import { failure } from "./failure.ts";
import { channelsOf } from "./hosted/channels.ts";
import type { Ledger, SimulatedPayment } from "./ledger.ts";

/**
 * What a buyer can do on the payment page. `leave`: nothing is sent, the payment stays open, and the buyer goes back to the
 * shop where the gateway knows the way. `vanish`: pays and closes the browser, so that the shop hears of it by callback only.
 */
export type BuyerAction = "pay" | "decline" | "leave" | "vanish";

/** Every {@link BuyerAction}. */
export const BUYER_ACTIONS: readonly BuyerAction[] = ["pay", "decline", "leave", "vanish"];

/**
 * Where the buyer goes. `redirect`: back to the shop. `wait`: GOSetti.pl does not know the way back yet, the page asks for
 * patience. `end`: Sellly's plain end page. `left`, and `gone` after `vanish`: nowhere; `url` is the page they left.
 */
export interface BuyerOutcome {
  readonly kind: "redirect" | "wait" | "end" | "left" | "gone";
  readonly url: string;
}

/** The buyer on the hosted page, for the page's forms and for the control API alike. */
export interface Buyer {
  /**
   * GOSetti.pl's buyer waits for the shop's answer to the first callback, Sellly's does not.
   * Throws `unknown_payment`, `already_finished`, and `bad_request` for a channel the page does not offer.
   */
  act(id: string, action: BuyerAction, channel?: string): Promise<BuyerOutcome>;
  /** Ends a payment that is still open as one nobody paid in time; resolves when the shop has been told. */
  expire(id: string): Promise<void>;
  /** Where the buyer of a payment is now; `left` while it is open. */
  whereabouts(id: string): BuyerOutcome;
}

export function createBuyer(ledger: Ledger, delivery: Delivery, clock: SimulatorClock): Buyer {
  function whereabouts(id: string): BuyerOutcome {
    const { gateway, pageUrl, returnTo, state } = ledger.get(id);
    if (state === "open") return { kind: "left", url: pageUrl };
    if (returnTo !== null) return back(returnTo);
    return { kind: gateway === "gosetti" ? "wait" : "end", url: pageUrl };
  }

  async function act(id: string, action: BuyerAction, channel?: string): Promise<BuyerOutcome> {
    const payment = ledger.get(id);
    if (payment.state !== "open") throw failure("already_finished", `Payment ${id} is already ${payment.state}`);
    if (action === "leave") return payment.returnTo === null ? whereabouts(id) : back(payment.returnTo);
    ledger.change(id, {
      state: action === "decline" ? "declined" : "paid",
      finishedAt: clock.iso(),
      details: withChannel(payment, channel),
    });
    const answered = delivery.start(id);
    if (action === "vanish") return { kind: "gone", url: payment.pageUrl };
    if (payment.gateway === "gosetti") await answered;
    return whereabouts(id);
  }

  async function expire(id: string): Promise<void> {
    if (ledger.get(id).state !== "open") return;
    ledger.change(id, { state: "expired", finishedAt: clock.iso() });
    await delivery.start(id);
  }

  return { act, expire, whereabouts };
}

function back(url: string): BuyerOutcome {
  return { kind: "redirect", url };
}

function withChannel(payment: SimulatedPayment, channel: string | undefined): SimulatedPayment["details"] {
  const { details } = payment;
  if (details.kind !== "sellly") return details;
  const offered = channelsOf(payment);
  const chosen = channel ?? offered[0]!;
  if (!offered.includes(chosen)) throw failure("bad_request", `The page does not offer the channel ${chosen}`);
  return { ...details, paymentChannel: chosen };
}
