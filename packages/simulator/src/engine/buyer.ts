import type { SimulatorClock } from "./clock.ts";
import type { Delivery } from "./deliver.ts";
import { failure } from "./failure.ts";
import type { GatewaySet } from "./gateway-set.ts";
import type { Ledger } from "./ledger.ts";

/**
 * What a buyer can do on the payment page.
 *
 * - `pay`, `decline`: the payment ends and the shop is called.
 * - `leave`: no callback is sent and the payment stays open. The buyer returns to the shop if the gateway knows the way.
 * - `vanish`: the buyer pays and closes the browser, so that only the callback reaches the shop.
 */
export type BuyerAction = "pay" | "decline" | "leave" | "vanish";

/** Every {@link BuyerAction}. */
export const BUYER_ACTIONS: readonly BuyerAction[] = ["pay", "decline", "leave", "vanish"];

/**
 * Where the buyer goes.
 *
 * - `redirect`: back to the shop.
 * - `wait`: the gateway does not know the way back yet, so the buyer waits on the payment page.
 * - `end`: the gateway's final page, because the shop has no return address.
 * - `left`, and `gone` after `vanish`: nowhere. `url` is the page that the buyer left.
 */
export interface BuyerOutcome {
  readonly kind: "redirect" | "wait" | "end" | "left" | "gone";
  readonly url: string;
}

/** The buyer on the hosted page. Its forms, the control API and scenarios use it. */
export interface Buyer {
  /**
   * Resolves when the shop has answered the first callback if the gateway takes the way back from that answer, otherwise
   * at once. `form` is the payment page's. Throws `unknown_payment`, `already_finished`, and `bad_request` for a form that
   * the page does not offer.
   */
  act(id: string, action: BuyerAction, form?: URLSearchParams): Promise<BuyerOutcome>;
  /** Expires a payment that is still open. Resolves when the shop has been called. */
  expire(id: string): Promise<void>;
  /** Where the buyer of a payment is now. `left` while the payment is open. */
  whereabouts(id: string): BuyerOutcome;
}

export interface BuyerParts {
  readonly clock: SimulatorClock;
  readonly delivery: Delivery;
  readonly gateways: GatewaySet;
  readonly ledger: Ledger;
}

export function createBuyer({ clock, delivery, gateways, ledger }: BuyerParts): Buyer {
  function whereabouts(id: string): BuyerOutcome {
    const payment = ledger.get(id);
    const { pageUrl, returnTo, state } = payment;
    if (state === "open") return { kind: "left", url: pageUrl };
    if (returnTo !== null) return { kind: "redirect", url: returnTo };
    return { kind: gateways.of(payment).returnUrlComesFrom === "callback" ? "wait" : "end", url: pageUrl };
  }

  async function act(id: string, action: BuyerAction, form = new URLSearchParams()): Promise<BuyerOutcome> {
    const payment = ledger.get(id);
    const gateway = gateways.of(payment);
    if (payment.state !== "open") throw failure("already_finished", `Payment ${id} is already ${payment.state}`);
    if (action === "leave") {
      return payment.returnTo === null ? whereabouts(id) : { kind: "redirect", url: payment.returnTo };
    }
    ledger.change(id, {
      details: gateway.page.readForm(payment, form),
      state: action === "decline" ? "declined" : "paid",
      finishedAt: clock.iso(),
    });
    const answered = delivery.start(id);
    if (action === "vanish") return { kind: "gone", url: payment.pageUrl };
    if (gateway.returnUrlComesFrom === "callback") await answered;
    return whereabouts(id);
  }

  async function expire(id: string): Promise<void> {
    if (ledger.get(id).state !== "open") return;
    ledger.change(id, { state: "expired", finishedAt: clock.iso() });
    await delivery.start(id);
  }

  return { act, expire, whereabouts };
}
