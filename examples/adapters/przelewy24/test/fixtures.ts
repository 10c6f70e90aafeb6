import { createHash } from "node:crypto";
import type {
  Call,
  CallbackRequest,
  CreateRequest,
  PaymentName,
  ProviderReference,
  ProviderRefundRequest,
  RefundId,
} from "@pay/core/adapter";
import { createCall } from "@pay/core/adapter";
import { callbackRequest } from "@pay/core/testing";
import type { Przelewy24CheckoutOptions, Przelewy24Options } from "../src/index.ts";

// Signatures are made with node:crypto alone: they hold the adapter to the document, not to the kit.

export const GATEWAY = "https://secure.przelewy24.pl";
export const OPTIONS: Przelewy24Options = { merchantId: 12345, posId: 123, apiKey: "api-key", crc: "crc-key" };
export const PAYMENT_ID = "pay_01h455vb4pex5vsknk084sn02q" as CreateRequest<never>["paymentId"];
export const REFERENCE: string = PAYMENT_ID.slice(4);
/** Past 2^32: the document warns of that. */
export const ORDER_ID = 4_295_430_336;
export const REGISTERED = { data: { token: "AF1B-23_token" }, responseCode: 0 };
export const VERIFIED = { data: { status: "success" }, responseCode: 0 };
export const REFUND_REFERENCE = "01h455vb4pex5vsknk084sn999";

export function createRequest(
  change: Partial<CreateRequest<Przelewy24CheckoutOptions>> = {},
): CreateRequest<Przelewy24CheckoutOptions> {
  return {
    paymentId: PAYMENT_ID,
    merchantReference: REFERENCE,
    amount: { value: 1999, currency: "PLN" },
    description: "VIP / zażółć",
    buyer: { email: "buyer@example.com" },
    callbackUrl: "https://shop.example/pay/callbacks/p24",
    returnUrl: { success: "https://shop.example/thanks?payment=1", failure: "https://shop.example/sorry" },
    options: undefined,
    ...change,
  };
}

/** How a payment is called before it is paid, and after. */
export const UNPAID: PaymentName = {
  paymentId: PAYMENT_ID,
  merchantReference: REFERENCE,
  amount: { value: 1999, currency: "PLN" },
};
export const PAID: PaymentName = { ...UNPAID, providerReference: String(ORDER_ID) as ProviderReference };
export const REFUND: ProviderRefundRequest = {
  ...PAID,
  refundId: `rfd_${REFUND_REFERENCE}` as RefundId,
  refundMerchantReference: REFUND_REFERENCE,
  refundAmount: { value: 500, currency: "PLN" },
  callbackUrl: "https://shop.example/pay/callbacks/p24",
};

export const sha384 = (text: string): string => createHash("sha384").update(text).digest("hex");

/** A payment's notification, signed as the document says, unless told otherwise. */
export function notification(change: Record<string, unknown> = {}, crc = "crc-key"): Record<string, unknown> {
  const it: Record<string, unknown> = {
    merchantId: 12345,
    posId: 123,
    sessionId: REFERENCE,
    amount: 1999,
    originAmount: 1999,
    currency: "PLN",
    orderId: ORDER_ID,
    methodId: 154,
    statement: "p24-A1B-2C3-4D5",
    ...change,
  };
  const text = `{"merchantId":${it.merchantId},"posId":${it.posId},"sessionId":"${it.sessionId}","amount":${it.amount},"originAmount":${it.originAmount},"currency":"${it.currency}","orderId":${it.orderId},"methodId":${it.methodId},"statement":"${it.statement}","crc":"${crc}"}`;
  return { ...it, sign: change.sign ?? sha384(text) };
}

/** A refund's notification, signed as the document says. */
export function refundNotification(change: Record<string, unknown> = {}, crc = "crc-key"): Record<string, unknown> {
  const it: Record<string, unknown> = {
    orderId: ORDER_ID,
    sessionId: REFERENCE,
    merchantId: 12345,
    requestId: REFUND_REFERENCE,
    refundsUuid: REFUND_REFERENCE,
    amount: 500,
    currency: "PLN",
    timestamp: 1_697_544_677,
    status: 0,
    ...change,
  };
  const text = `{"orderId":${it.orderId},"sessionId":"${it.sessionId}","refundsUuid":"${it.refundsUuid}","merchantId":${it.merchantId},"amount":${it.amount},"currency":"${it.currency}","status":${it.status},"crc":"${crc}"}`;
  return { ...it, sign: change.sign ?? sha384(text) };
}

// Recorded by others with keys they published, in the tests of https://github.com/mnastalski/przelewy24-php (read November 2026).
export const RECORDED = {
  payment: {
    options: { merchantId: 12345, posId: 123, apiKey: "foo", crc: "bar" },
    body: {
      merchantId: 12345,
      posId: 123,
      sessionId: "0beec7",
      amount: 1500,
      originAmount: 1500,
      currency: "PLN",
      orderId: 123456789,
      methodId: 32,
      statement: "p24-XXX-YYY-ZZZ",
      sign: "703e946290d92230297c35d3bc8f554d4a458a4c97c9917665929c5ef5e682f7a868ac36e5dff20184c6a5302ef66c77",
    },
  },
  refund: {
    options: { merchantId: 235316, apiKey: "some-key", crc: "c4816521bf32ed54" },
    body: {
      orderId: 4295430336,
      sessionId: "1e715675-a42b-4d0b-81bb-f7288915be76",
      merchantId: 235316,
      requestId: "dae85bdc-1b8e-45bc-99be-43c6868dcc29",
      refundsUuid: "97920952-1d9b-4c90-9238-2b74ae0f48bb",
      amount: 500,
      currency: "PLN",
      timestamp: 1697544677,
      status: 0,
      sign: "dad28db2e0336e595bc313e3c7282ab2ba2f265021f45b85271232901fefd4bc1329fd47aa4eb735ac818e2b82c4dc24",
    },
  },
} as const;

/** A notification of Przelewy24. */
export function callback(body: unknown): CallbackRequest {
  return callbackRequest({
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** The answer to a question about a transaction, as documented. */
export function transaction(status: number, change: object = {}): object {
  return {
    data: {
      statement: "p24-A1B-2C3-4D5",
      orderId: ORDER_ID,
      sessionId: REFERENCE,
      status,
      amount: 1999,
      currency: "PLN",
      clientEmail: "buyer@example.com",
      ...change,
    },
    responseCode: 0,
  };
}

/** What Przelewy24 says of a payment nobody has paid. */
export const NOT_FOUND = { error: "Transaction not found", responseCode: 0 };

export function newCall(): Call {
  return createCall(AbortSignal.timeout(5000));
}
