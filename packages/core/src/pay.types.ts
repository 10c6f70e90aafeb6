// Compiled, never run: what an app is told by the compiler before it is told by an exception.
import type { CheckoutResult } from "./contract/checkout.ts";
import type { Pay } from "./contract/pay.ts";
import type { PaymentProvider } from "./contract/provider.ts";
import type { PaymentStore } from "./contract/store.ts";
import type { PaymentEvent } from "./model/event.ts";
import type { Money } from "./model/money.ts";
import type { Payment } from "./model/payment.ts";
import type { Refund } from "./model/refund.ts";
import { createPay } from "./pay.ts";

// As adapters declare them: annotated, so what is inferred has to survive the annotation.
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
  // The default needs the buyer's IP address, and more does no harm.
  const result: CheckoutResult = await pay.checkout({ ...order, buyer: { ip } });
  if (result.next.kind === "redirect") String(result.next.url);
  await pay.checkout({ ...order, buyer: everything });
  // @ts-expect-error the default provider needs the buyer's IP address
  await pay.checkout({ ...order, buyer: {} });
  // @ts-expect-error an e-mail address is not one
  await pay.checkout({ ...order, buyer: { email: "buyer@example.com" } });
  // @ts-expect-error neither is a value that may be missing
  await pay.checkout({ ...order, buyer: { ip: undefined } });
  // @ts-expect-error there is always a buyer, be it an empty one
  await pay.checkout({ ...order });

  // Chosen by name.
  await pay.checkout({ ...order, providerName: "psc", buyer: { ip } });
  await pay.checkout({ ...order, providerName: "cards", buyer: everything });
  await pay.checkout({ ...order, providerName: "wallet", buyer: {} });
  // @ts-expect-error no such provider
  await pay.checkout({ ...order, providerName: "paypal", buyer: everything });
  // @ts-expect-error any text may be no provider
  await pay.checkout({ ...order, providerName: anyName, buyer: everything });
  // @ts-expect-error cards needs e-mail address and language
  await pay.checkout({ ...order, providerName: "cards", buyer: { ip } });
  // @ts-expect-error and the language is one of them
  await pay.checkout({ ...order, providerName: "cards", buyer: { ip, email: "buyer@example.com" } });
  // @ts-expect-error nobody knows a phone number
  await pay.checkout({ ...order, providerName: "psc", buyer: { ip, phone: "1" } });

  // A fallback list needs what each of it needs.
  await pay.checkout({ ...order, providerName: ["psc", "cards"], buyer: everything });
  await pay.checkout({ ...order, providerName: ["wallet", "psc"], buyer: { ip } });
  await pay.checkout({ ...order, providerName: ["psc", "cards"] as const, buyer: everything });
  // @ts-expect-error the second of them needs more
  await pay.checkout({ ...order, providerName: ["psc", "cards"], buyer: { ip } });
  // @ts-expect-error so does the first
  await pay.checkout({ ...order, providerName: ["cards", "psc"], buyer: { ip } });
  // @ts-expect-error no such provider among them
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
  // @ts-expect-error nor is it the default
  await pay.checkout({ ...order, buyer: { ip }, options: { cards: { paymentMethod: "blik" } } });
  // @ts-expect-error nor on the list
  await pay.checkout({ ...order, providerName: ["psc", "wallet"], buyer: everything, options: { cards: {} } });
  // @ts-expect-error a misspelt option
  await pay.checkout({ ...order, providerName: "cards", buyer: everything, options: { cards: { method: "blik" } } });
  // @ts-expect-error an option of the wrong type
  await pay.checkout({ ...order, providerName: "cards", buyer: everything, options: { cards: { paymentMethod: 1 } } });
  // @ts-expect-error a value that is not among those
  await pay.checkout({ ...order, providerName: "wallet", buyer: {}, options: { wallet: { wallet: "c" } } });
  // @ts-expect-error options are keyed by provider
  await pay.checkout({ ...order, providerName: "cards", buyer: everything, options: { paymentMethod: "blik" } });
  // @ts-expect-error psc has none
  await pay.checkout({ ...order, providerName: "psc", buyer: { ip }, options: { psc: { paymentMethod: "blik" } } });
}

export async function defaults(): Promise<void> {
  createPay({ ...base, providers: { psc: psc() }, default: "psc" });
  // @ts-expect-error the default is none of the providers
  createPay({ ...base, providers: { psc: psc() }, default: "cards" });
  // @ts-expect-error a misspelt field
  createPay({ ...base, providers: { psc: psc() }, defualt: "psc" });
  // @ts-expect-error what is no provider
  createPay({ ...base, providers: { psc: {} } });
  // @ts-expect-error there is no store
  createPay({ baseUrl: "https://shop.example/pay", secret: "s", providers: { psc: psc() } });

  await without.checkout({ ...order, providerName: "psc", buyer: { ip } });
  await without.checkout({ ...order, providerName: ["psc", "cards"], buyer: everything });
  // @ts-expect-error there is no default, so a provider has to be named
  await without.checkout({ ...order, buyer: { ip } });
  // @ts-expect-error with whatever is known of the buyer
  await without.checkout({ ...order, buyer: everything });
}

export async function requests(): Promise<void> {
  await pay.checkout({
    ...order,
    returnUrl: { success: "https://a.example/", failure: "https://b.example/" },
    buyer: { ip },
  });
  await pay.checkout({ ...order, idempotencyKey: "key-1", buyer: { ip } });
  // @ts-expect-error one of the two addresses is missing
  await pay.checkout({ ...order, returnUrl: { success: "https://a.example/" }, buyer: { ip } });
  // @ts-expect-error an amount has a currency
  await pay.checkout({ ...order, amount: { value: 1999 }, buyer: { ip } });
  // @ts-expect-error a decimal is no amount
  await pay.checkout({ ...order, amount: 19.99, buyer: { ip } });
  // @ts-expect-error a misspelt field
  await pay.checkout({ ...order, idempotentKey: "key-1", buyer: { ip } });
}

export async function refunds(): Promise<void> {
  const shop = createPay({ ...base, providers: { psc: psc(), bank: bank() }, default: "psc", retired: ["psc"] });
  const refund: Refund = await shop.refund("bank", "pay_1", { amount, idempotencyKey: "key-1" });
  await shop.refund("bank", refund.id, { idempotencyKey: "key-2" });
  // @ts-expect-error its gateway cannot refund
  await shop.refund("psc", "pay_1", { idempotencyKey: "key-1" });
  // @ts-expect-error no such provider
  await shop.refund("paypal", "pay_1", { idempotencyKey: "key-1" });
  // @ts-expect-error any text may be no provider
  await shop.refund(anyName, "pay_1", { idempotencyKey: "key-1" });
  // @ts-expect-error without a key money could go back twice
  await shop.refund("bank", "pay_1", { amount });
  // @ts-expect-error a decimal is no amount
  await shop.refund("bank", "pay_1", { amount: 19.99, idempotencyKey: "key-1" });
  // @ts-expect-error none of these can refund
  await pay.refund("psc", "pay_1", { idempotencyKey: "key-1" });
  // @ts-expect-error a provider that is not there cannot be retired
  createPay({ ...base, providers: { psc: psc() }, retired: ["bank"] });
  // What it needs of the buyer survives beside what it can.
  await shop.checkout({ ...order, providerName: "bank", buyer: { ip } });
  // @ts-expect-error the bank needs the buyer's IP address
  await shop.checkout({ ...order, providerName: "bank", buyer: {} });
}

export async function lists(): Promise<void> {
  const { payments, next } = await pay.payments.list();
  const all: readonly Payment[] = payments;
  await pay.payments.list({ ...(next !== undefined && { after: next }), limit: 50, orderId: String(all[0]?.orderId) });
  await pay.payments.list({ providerName: "cards", state: "failed", from: new Date(), to: Date.now() });
  // @ts-expect-error no such provider
  await pay.payments.list({ providerName: "paypal" });
  // @ts-expect-error any text may be no provider
  await pay.payments.list({ provider: anyName });
  // @ts-expect-error no such state
  await pay.payments.list({ state: "paid" });
  // @ts-expect-error a misspelt field
  await pay.payments.list({ status: "failed" });
  // @ts-expect-error a text is no moment
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
  // @ts-expect-error a handler has a name, so that its deliveries survive a restart
  pay.on("payment.succeeded", () => {});
}

// A shop may pass its Pay on: annotated, it still knows its providers.
export type ShopPay = Pay<{ psc: ReturnType<typeof psc>; cards: ReturnType<typeof cards> }, "psc">;
export async function annotated(shop: ShopPay): Promise<void> {
  await shop.checkout({ ...order, buyer: { ip } });
  // @ts-expect-error no such provider
  await shop.checkout({ ...order, providerName: "wallet", buyer: { ip } });
}

/** A configured Pay is a `Pay`, whatever its providers, for code that does not care. */
export async function passedOn(any: Pay): Promise<void> {
  await any.checkout({ ...order, providerName: "whoever", buyer: { ip } });
  await any.payments.list({ providerName: anyName });
  await any.refund(anyName, "pay_1", { idempotencyKey: "key-1" });
}
export async function passing(): Promise<void> {
  await passedOn(pay);
  await passedOn(without);
}
