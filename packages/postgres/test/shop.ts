import { type AnyPay, createPay, type PaymentEvent, type PaymentStore } from "@pay/core";
import { type FakeProvider, type FakeProviderOptions, fakeProvider, manualClock } from "@pay/core/testing";
import { type Bell, createBell } from "../../../test/support/bell.ts";
import { type QuietLogger, quietLogger } from "../../../test/support/quiet-logger.ts";

/**
 * A whole Pay on a store, with a gateway in memory. Its clock stands still, so core's own sweep runs once, at the start: the queue
 * causes every later delivery.
 */
export interface Shop {
  readonly pay: AnyPay;
  readonly gateway: FakeProvider;
  readonly logger: QuietLogger;
  /** Ids of the payments whose success the handler got, in order. */
  readonly told: readonly string[];
  readonly until: Bell["until"];
  /** Opens a payment, and answers its id. */
  checkout(orderId: string): Promise<string>;
  /** Sends the gateway's callback about a payment. @param status @default "succeeded" */
  notify(id: string, status?: "succeeded" | "failed", money?: { readonly amount?: number }): Promise<Response>;
}

export interface ShopOptions {
  readonly gateway?: FakeProviderOptions;
  /** Runs in the handler after it noted the payment. */
  readonly handle?: (event: PaymentEvent) => Promise<void>;
  /** Adds handlers of the test's own. */
  readonly also?: (pay: AnyPay) => void;
}

export async function startShop(store: PaymentStore, options: ShopOptions = {}): Promise<Shop> {
  const gateway = fakeProvider(options.gateway);
  const logger = quietLogger();
  const bell = createBell();
  const told: string[] = [];
  const pay: AnyPay = createPay({
    providers: { cards: gateway },
    default: "cards",
    store,
    baseUrl: "https://shop.example/pay",
    secret: "a secret of the tests, long enough to be one",
    clock: manualClock(),
    logger,
  });
  pay.on("payment.succeeded", "vip", async (event) => {
    told.push(event.payment.id);
    bell.ring();
    await options.handle?.(event);
  });
  options.also?.(pay);
  await pay.start();
  return {
    pay,
    gateway,
    logger,
    told,
    until: bell.until,
    async checkout(orderId) {
      const { id } = await pay.checkout({
        orderId,
        amount: { value: 1999, currency: "PLN" },
        description: "VIP, 30 days",
        returnUrl: "https://shop.example/thanks",
        buyer: { ip: "203.0.113.7", email: "buyer@example.com", language: "pl" },
      } as never);
      return id;
    },
    notify(id, status = "succeeded", money = { amount: 1999 }) {
      const { callbackUrl } = gateway.creates.find(({ paymentId }) => paymentId === id)!;
      const body = JSON.stringify({ status, providerReference: `R-${id}`, ...money });
      return pay.fetch(new Request(callbackUrl, { method: "POST", body }));
    },
  };
}
