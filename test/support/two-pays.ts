import { type AnyPay, type Clock, createPay, type PaymentEvent, type PaymentStore } from "@pay/core";
import { type FakeProvider, fakeProvider } from "@pay/core/testing";
import { createBell } from "./bell.ts";
import { quietLogger } from "./quiet-logger.ts";
import { SECRET } from "./secret.ts";
import type { Databases } from "./stores.ts";

export const REQUEST = {
  orderId: "order-1",
  amount: { value: 1999, currency: "PLN" },
  description: "VIP, 30 days",
  providerName: "cards" as const,
  returnUrl: "https://shop.example/thanks",
  buyer: { ip: "203.0.113.7", email: "buyer@example.com", language: "pl" },
};

const open: AnyPay[] = [];

/** Call it after each test. It closes what the test started. */
export async function closePays(): Promise<void> {
  await Promise.all(open.splice(0).map((pay) => pay.close()));
}

/** Two Pays with separate connections to one database, in front of one gateway. */
export async function twoPays(
  databases: Databases,
  kind: "sqlite" | "postgres",
  cards: FakeProvider = fakeProvider(),
  options: {
    readonly clock?: Clock;
    /** Wraps the store of the first Pay. */
    readonly before?: (store: PaymentStore) => PaymentStore;
  } = {},
) {
  const { before = (store) => store, ...rest } = options;
  const store = await databases[kind]();
  const handled: PaymentEvent[] = [];
  const bell = createBell();
  const start = async (its: PaymentStore) => {
    const pay: AnyPay = createPay({
      providers: { cards },
      store: its,
      baseUrl: "https://shop.example/pay",
      secret: SECRET,
      logger: quietLogger(),
      ...rest,
    });
    for (const type of ["payment.succeeded", "refund.succeeded", "refund.failed"] as const) {
      pay.on(type, "grant-vip", (event) => {
        handled.push(event);
        bell.ring();
      });
    }
    await pay.start();
    open.push(pay);
    return pay;
  };
  const pays = [await start(before(store())), await start(store())] as const;
  return { pays, cards, handled, until: bell.until };
}
