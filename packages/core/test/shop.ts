import { quietLogger } from "../../../test/support/quiet-logger.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import type { PaymentEvent } from "../src/model/event.ts";
import { createPay } from "../src/pay.ts";
import { type FakeProvider, fakeProvider } from "../src/testing/fake-provider.ts";
import { manualClock } from "../src/testing/manual-clock.ts";
import { SECRET } from "./harness.ts";
import { watchedStore } from "./watched-store.ts";

export const BASE = { baseUrl: "https://shop.example/pay", secret: SECRET };
export const ORDER = {
  orderId: "order-1",
  amount: { value: 1999, currency: "PLN" },
  description: "VIP, 30 days",
  returnUrl: "https://shop.example/thanks",
  buyer: { ip: "203.0.113.7", email: "buyer@example.com", language: "pl" },
};

/** A Pay with access to its parts, whose handler keeps the events. */
export function createShop({ cards = fakeProvider() }: { cards?: FakeProvider } = {}) {
  const clock = manualClock();
  const store = watchedStore();
  const logger = quietLogger();
  const events: PaymentEvent[] = [];
  const pay = createPay({
    ...BASE,
    providers: { cards },
    default: "cards",
    store,
    clock,
    logger,
    random: seededRandom(1),
  });
  pay.on("payment.succeeded", "vip", (event) => {
    events.push(event);
  });
  return { pay, cards, clock, store, logger, events };
}
