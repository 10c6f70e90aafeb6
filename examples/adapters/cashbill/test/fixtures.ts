import { createHash } from "node:crypto";
import type { Call, CallbackRequest, CreateRequest, PaymentName, ProviderReference } from "@pay/core/adapter";
import { createCall } from "@pay/core/adapter";
import { callbackRequest } from "@pay/core/testing";
import type { CashBillCheckoutOptions, CashBillOptions } from "../src/index.ts";

// Signatures are made with node:crypto alone: they hold the adapter to the sources, not to the kit.

export const GATEWAY = "https://pay.cashbill.pl";
export const PAYMENTS = "/ws/rest/payment/shop1";
export const OPTIONS: CashBillOptions = { shopId: "shop1", secretKey: "s3cret-key" };
export const PROVIDER_REFERENCE: ProviderReference = "TEST_asmud9f4" as ProviderReference;
export const CREATED = { id: PROVIDER_REFERENCE, redirectUrl: "https://pay.cashbill.pl/payment/TEST_asmud9f4" };

export function createRequest(
  change: Partial<CreateRequest<CashBillCheckoutOptions>> = {},
): CreateRequest<CashBillCheckoutOptions> {
  const paymentId = "pay_01h455vb4pex5vsknk084sn02q" as CreateRequest<never>["paymentId"];
  return {
    paymentId,
    merchantReference: paymentId.slice(4),
    amount: { value: 1999, currency: "PLN" },
    description: "VIP, 30 dni",
    buyer: {},
    callbackUrl: "https://shop.example/pay/callbacks/cashbill",
    returnUrl: { success: "https://shop.example/thanks", failure: "https://shop.example/sorry" },
    options: undefined,
    ...change,
  };
}

export const NAME: PaymentName = {
  paymentId: createRequest().paymentId,
  merchantReference: createRequest().merchantReference,
  amount: createRequest().amount,
  providerReference: PROVIDER_REFERENCE,
};

export const sha1 = (text: string): string => createHash("sha1").update(text).digest("hex");
export const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

/** A notification's query, genuine unless told otherwise. */
export function query(change: { cmd?: string; args?: string; sign?: string; key?: string } = {}): string {
  const { cmd = "transactionStatusChanged", args = PROVIDER_REFERENCE, key = "s3cret-key" } = change;
  return new URLSearchParams({ cmd, args, sign: change.sign ?? md5(cmd + args + key) }).toString();
}

/** A notification of CashBill. */
export function callback(query: string): CallbackRequest {
  return callbackRequest({ query });
}

/** The answer to a question, shaped as public clients read it. */
export function status(name: string, change: object = {}): object {
  const amount = { value: 19.99, currencyCode: "PLN" };
  return {
    id: PROVIDER_REFERENCE,
    title: "VIP, 30 dni",
    status: name,
    paymentChannel: "blik",
    description: "VIP, 30 dni",
    additionalData: createRequest().merchantReference,
    amount,
    requestedAmount: amount,
    personalData: { email: "buyer@example.com" },
    ...change,
  };
}

export function newCall(): Call {
  return createCall(AbortSignal.timeout(5000));
}
