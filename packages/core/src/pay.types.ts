// Compiled, never run: mistakes of an app that the compiler reports before an exception does.
import type { CheckoutResult } from "./contract/checkout.ts";
import type { Pay } from "./contract/pay.ts";
import type { PaymentProvider } from "./contract/provider.ts";
import type { PaymentStore } from "./contract/store.ts";
import type { PaymentEvent } from "./model/event.ts";
import type { Money } from "./model/money.ts";
import type { Payment } from "./model/payment.ts";
import type { Refund } from "./model/refund.ts";
import { createPay, openPay } from "./pay.ts";

// As adapters declare them: with an annotation, so the inferred types must survive it.
declare function psc(): PaymentProvider<Readonly<Record<string, never>>, "ip">;
declare function cards(): PaymentProvider<{ readonly paymentMethod?: string }, "ip" | "email" | "language">;
declare function wallet(): PaymentProvider<{ readonly wallet: "a" | "b" }, never>;
declare function bank(): PaymentProvider<Readonly<Record<string, never>>, "ip", "retrieve" | "refund">;
declare const store: PaymentStore;
declare const amount: Money;
declare const anyName: string;

const base = { store, baseUrl: "https://shop.example/pay", secret: "s" };
const order = { orderId: "order-42", amount, description: "VIP, 30 days", returnUrl: "https://shop.example/thanks" };
const ip = "203.0.113.7";
const everything = { ip, email: "buyer@example.com", language: "pl" };

const pay = createPay({ ...base, providers: { psc: psc(), cards: cards(), wallet: wallet() }, default: "psc" });
const without = createPay({ ...base, providers: { psc: psc(), cards: cards() } });

export async function checkouts(): Promise<void> {
  // The default provider requires the buyer's IP address and accepts more.
  const result: CheckoutResult = await pay.checkout({ ...order, buyer: { ip } });
  if (result.next.kind === "redirect") String(result.next.url);
  await pay.checkout({ ...order, buyer: everything });
  // @ts-expect-error the default provider requires the buyer's IP address
  await pay.checkout({ ...order, buyer: {} });
  // @ts-expect-error an e-mail address is no IP address
  await pay.checkout({ ...order, buyer: { email: "buyer@example.com" } });
  // @ts-expect-error undefined is no IP address
  await pay.checkout({ ...order, buyer: { ip: undefined } });
  // @ts-expect-error buyer is required, even if it is empty
  await pay.checkout({ ...order });

  // Chosen by name.
  await pay.checkout({ ...order, providerName: "psc", buyer: { ip } });
  await pay.checkout({ ...order, providerName: "cards", buyer: everything });
  await pay.checkout({ ...order, providerName: "wallet", buyer: {} });
  // @ts-expect-error no such provider
  await pay.checkout({ ...order, providerName: "paypal", buyer: everything });
  // @ts-expect-error a string may not be a provider's name
  await pay.checkout({ ...order, providerName: anyName, buyer: everything });
  // @ts-expect-error cards requires an e-mail address and a language
  await pay.checkout({ ...order, providerName: "cards", buyer: { ip } });
  // @ts-expect-error cards requires a language
  await pay.checkout({ ...order, providerName: "cards", buyer: { ip, email: "buyer@example.com" } });
  // @ts-expect-error a buyer has no phone number
  await pay.checkout({ ...order, providerName: "psc", buyer: { ip, phone: "1" } });

  // A fallback list requires the fields that any of its providers requires.
  await pay.checkout({ ...order, providerName: ["psc", "cards"], buyer: everything });
  await pay.checkout({ ...order, providerName: ["wallet", "psc"], buyer: { ip } });
  await pay.checkout({ ...order, providerName: ["psc", "cards"] as const, buyer: everything });
  // @ts-expect-error the second provider requires more
  await pay.checkout({ ...order, providerName: ["psc", "cards"], buyer: { ip } });
  // @ts-expect-error the first provider requires more
  await pay.checkout({ ...order, providerName: ["cards", "psc"], buyer: { ip } });
  // @ts-expect-error the second provider does not exist
  await pay.checkout({ ...order, providerName: ["psc", "paypal"], buyer: everything });
}

export async function options(): Promise<void> {
  await pay.checkout({
    ...order,
    providerName: "cards",
    buyer: everything,
    options: { cards: { paymentMethod: "blik" } },
  });
  await pay.checkout({
    ...order,
    providerName: ["psc", "wallet"],
    buyer: { ip },
    options: { wallet: { wallet: "a" }, psc: {} },
  });
  await pay.checkout({ ...order, buyer: { ip }, options: { psc: {} } });
  await pay.checkout({ ...order, buyer: { ip }, options: {} });
  // @ts-expect-error options of a provider that is not chosen
  await pay.checkout({ ...order, providerName: "psc", buyer: { ip }, options: { cards: { paymentMethod: "blik" } } });
  // @ts-expect-error cards is not the default provider
  await pay.checkout({ ...order, buyer: { ip }, options: { cards: { paymentMethod: "blik" } } });
  // @ts-expect-error cards is not on the list
  await pay.checkout({ ...order, providerName: ["psc", "wallet"], buyer: everything, options: { cards: {} } });
  // @ts-expect-error a misspelt option
  await pay.checkout({ ...order, providerName: "cards", buyer: everything, options: { cards: { method: "blik" } } });
  // @ts-expect-error an option of the wrong type
  await pay.checkout({ ...order, providerName: "cards", buyer: everything, options: { cards: { paymentMethod: 1 } } });
  // @ts-expect-error a value that the option does not have
  await pay.checkout({ ...order, providerName: "wallet", buyer: {}, options: { wallet: { wallet: "c" } } });
  // @ts-expect-error options are keyed by provider name
  await pay.checkout({ ...order, providerName: "cards", buyer: everything, options: { paymentMethod: "blik" } });
  // @ts-expect-error psc has no options
  await pay.checkout({ ...order, providerName: "psc", buyer: { ip }, options: { psc: { paymentMethod: "blik" } } });
}

export async function defaults(): Promise<void> {
  createPay({ ...base, providers: { psc: psc() }, default: "psc" });
  // @ts-expect-error the default is not among the providers
  createPay({ ...base, providers: { psc: psc() }, default: "cards" });
  // @ts-expect-error a misspelt field
  createPay({ ...base, providers: { psc: psc() }, defualt: "psc" });
  // @ts-expect-error an object that is not a provider
  createPay({ ...base, providers: { psc: {} } });
  // @ts-expect-error the store is missing
  createPay({ baseUrl: "https://shop.example/pay", secret: "s", providers: { psc: psc() } });

  await without.checkout({ ...order, providerName: "psc", buyer: { ip } });
  await without.checkout({ ...order, providerName: ["psc", "cards"], buyer: everything });
  // @ts-expect-error without a default, a provider must be named
  await without.checkout({ ...order, buyer: { ip } });
  // @ts-expect-error also if the buyer has every field
  await without.checkout({ ...order, buyer: everything });
}

export async function requests(): Promise<void> {
  await pay.checkout({
    ...order,
    returnUrl: { success: "https://a.example/", failure: "https://b.example/" },
    buyer: { ip },
  });
  await pay.checkout({ ...order, idempotencyKey: "key-1", buyer: { ip } });
  // @ts-expect-error failure is missing
  await pay.checkout({ ...order, returnUrl: { success: "https://a.example/" }, buyer: { ip } });
  // @ts-expect-error an amount needs a currency
  await pay.checkout({ ...order, amount: { value: 1999 }, buyer: { ip } });
  // @ts-expect-error a number is no amount
  await pay.checkout({ ...order, amount: 19.99, buyer: { ip } });
  // @ts-expect-error a misspelt field
  await pay.checkout({ ...order, idempotentKey: "key-1", buyer: { ip } });
}

export async function refunds(): Promise<void> {
  const shop = createPay({ ...base, providers: { psc: psc(), bank: bank() }, default: "psc", retired: ["psc"] });
  const refund: Refund = await shop.refund("bank", "pay_1", { amount, idempotencyKey: "key-1" });
  await shop.refund("bank", refund.id, { idempotencyKey: "key-2" });
  // @ts-expect-error psc cannot refund
  await shop.refund("psc", "pay_1", { idempotencyKey: "key-1" });
  // @ts-expect-error no such provider
  await shop.refund("paypal", "pay_1", { idempotencyKey: "key-1" });
  // @ts-expect-error a string may not be a provider's name
  await shop.refund(anyName, "pay_1", { idempotencyKey: "key-1" });
  // @ts-expect-error idempotencyKey is required, so that money cannot go back twice
  await shop.refund("bank", "pay_1", { amount });
  // @ts-expect-error a number is no amount
  await shop.refund("bank", "pay_1", { amount: 19.99, idempotencyKey: "key-1" });
  // @ts-expect-error no provider of this Pay can refund
  await pay.refund("psc", "pay_1", { idempotencyKey: "key-1" });
  // @ts-expect-error a provider that does not exist cannot be retired
  createPay({ ...base, providers: { psc: psc() }, retired: ["bank"] });
  // A provider with capabilities keeps its required buyer fields.
  await shop.checkout({ ...order, providerName: "bank", buyer: { ip } });
  // @ts-expect-error bank requires the buyer's IP address
  await shop.checkout({ ...order, providerName: "bank", buyer: {} });
}

export async function lists(): Promise<void> {
  const { payments, next } = await pay.payments.list();
  const all: readonly Payment[] = payments;
  await pay.payments.list({ ...(next !== undefined && { after: next }), limit: 50, orderId: String(all[0]?.orderId) });
  await pay.payments.list({ providerName: "cards", state: "failed", from: new Date(), to: Date.now() });
  // Payments of a provider that was taken out of the configuration are found too.
  await pay.payments.list({ providerName: anyName });
  // @ts-expect-error no such state
  await pay.payments.list({ state: "paid" });
  // @ts-expect-error a misspelt field
  await pay.payments.list({ status: "failed" });
  // @ts-expect-error a string is no moment
  await pay.payments.list({ from: "2026-01-15" });
}

export async function canceling(): Promise<void> {
  const payment: Payment = await pay.cancel("pay_1");
  await pay.cancel(payment.id);
}

export function handlers(): void {
  pay.on("payment.succeeded", "grant-vip", async (event, { signal }) => {
    const type: "payment.succeeded" = event.type;
    const whole: PaymentEvent = event;
    return [type, whole, signal.aborted];
  });
  pay.on("refund.succeeded", "books", ({ refund }) => refund?.amount);
  // @ts-expect-error no such event
  pay.on("payment.paid", "grant-vip", () => {});
  // @ts-expect-error a handler needs a name, so that its deliveries survive a restart
  pay.on("payment.succeeded", () => {});
}

// A Pay that a shop passes on with an annotation keeps its providers.
export type ShopPay = Pay<{ psc: ReturnType<typeof psc>; cards: ReturnType<typeof cards> }, "psc">;
export async function annotated(shop: ShopPay): Promise<void> {
  await shop.checkout({ ...order, buyer: { ip } });
  // @ts-expect-error no such provider
  await shop.checkout({ ...order, providerName: "wallet", buyer: { ip } });
}

/** Code for any Pay accepts every configured Pay as `Pay`. */
export async function passedOn(any: Pay): Promise<void> {
  await any.checkout({ ...order, providerName: "any-name", buyer: { ip } });
  await any.payments.list({ providerName: anyName });
  await any.refund(anyName, "pay_1", { idempotencyKey: "key-1" });
}
export async function passing(): Promise<void> {
  await passedOn(pay);
  await passedOn(without);
}

export async function reading(): Promise<void> {
  const config = { ...base, providers: { psc: psc(), cards: cards() }, default: "psc" } as const;
  const reader = await openPay(config);
  await reader.payments.list({ providerName: "cards" });
  await reader.payments.list({ providerName: "wallet" });
  await (await openPay({ store })).payments.list({ providerName: anyName });
  // @ts-expect-error a reader opens no payment
  await reader.checkout({});
  // @ts-expect-error it delivers nothing
  reader.on("payment.succeeded", "deliver", () => {});
  // @ts-expect-error it decides nothing
  await reader.reviews.resolve("rev_1", { action: "dismiss" });
  // @ts-expect-error it hurries nothing
  await reader.deliveries.redrive("pay_1", { eventId: "evt_1", handler: "deliver" });
  // @ts-expect-error it serves nothing
  reader.fetch;
  // @ts-expect-error it needs a store
  await openPay({});
}
