import { isPayError, type Money, type PaymentId } from "@pay/core";
import type { Slot } from "./process.ts";
import type { World } from "./world.ts";

/** A purchase. With a key, a second press is the same purchase. */
interface Purchase {
  readonly orderId: string;
  readonly amount: Money;
  readonly provider: string | readonly string[];
  readonly description: string;
  readonly key: string | undefined;
  presses: number;
}

const PROVIDERS = ["psc", "cards", ["psc", "cards"], ["cards", "psc"], "bank", ["bank", "cards"]] as const;
const PRICES: readonly Money[] = [1999, 4999, 5999].map((value) => ({ value, currency: "PLN" }));

/** Buyers press the pay button: on any process, twice at once, and again if nothing happens. */
export interface Buyers {
  /** Presses the button of an order. */
  press(orderId: string): void;
  /** Changes what an order costs, for the purchases that begin from now on. */
  edit(orderId: string): void;
  /** Presses without an answer yet. */
  waiting(): number;
  /** What the order costs now. */
  priceOf(orderId: string): Money;
  /** Tries to pay for the order as a new buyer, and returns the outcome. */
  tryCheckout(orderId: string): Promise<string>;
}

export function createBuyers(world: World, slots: readonly Slot[]): Buyers {
  const { dice, timeline, trace, violate } = world;
  const answers = new Map<string, PaymentId>();
  const prices = new Map<string, Money>();
  let purchases = 0;
  let open = 0;

  const priceOf = (orderId: string) => prices.get(orderId) ?? PRICES[0]!;

  function purchaseOf(orderId: string): Purchase {
    const n = purchases++;
    const key = dice.chance(0.7) ? `basket ${n}` : undefined;
    return {
      orderId,
      amount: priceOf(orderId),
      provider: dice.pick(PROVIDERS),
      description: `checkout ${n}`,
      key,
      presses: 0,
    };
  }

  async function checkout({ orderId, amount, provider, description, key }: Purchase): Promise<string> {
    const up = dice.pick(slots).up();
    if (up === undefined) return "DOWN";
    try {
      const { id } = await up.pay.checkout({
        ...{
          orderId,
          amount,
          providerName: provider,
          description,
          buyer: {},
          returnUrl: "https://shop.example/thanks",
        },
        ...(key !== undefined && { idempotencyKey: key }),
      });
      const before = key === undefined ? id : (answers.get(key) ?? id);
      if (before !== id) violate("one key gives one payment", `${key}: ${before} and ${id}`);
      if (key !== undefined) answers.set(key, id);
      return "OK";
    } catch (error) {
      if (isPayError(error)) return error.code;
      violate("a checkout fails with a PayError", String(error));
      return "OK";
    }
  }

  /** One press. A buyer without an answer for a minute presses again, and so does a buyer who is told to. */
  function press(purchase: Purchase): void {
    let waiting = true;
    open++;
    const end = (answer: string) => {
      if (!waiting) return;
      waiting = false;
      open--;
      trace.note(`  ${purchase.description}: ${answer}`);
      if (answer !== "OK" && purchase.key !== undefined && ++purchase.presses < 4) {
        timeline.after(dice.below(10_000), `${purchase.description} again`, () => press(purchase));
      }
    };
    checkout(purchase).then(end);
    timeline.after(60_000, `patience for ${purchase.description}`, () => end("SILENCE"));
  }

  return {
    edit: (orderId) => void prices.set(orderId, dice.pick(PRICES)),
    press(orderId) {
      const purchase = purchaseOf(orderId);
      press(purchase);
      // A double click, or a second tab: with a key it is one payment, without a key two.
      if (!dice.chance(0.4)) return;
      const second = purchase.key === undefined ? purchaseOf(orderId) : purchase;
      timeline.after(dice.below(200), `${second.description} at once`, () => press(second));
    },
    waiting: () => open,
    priceOf,
    tryCheckout: (orderId) => checkout({ ...purchaseOf(orderId), key: undefined }),
  };
}
