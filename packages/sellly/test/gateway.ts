import type { Call, CreateRequest } from "@pay/core/adapter";
import { createCall } from "@pay/core/adapter";
import nock from "nock";
import type { SelllyCheckoutOptions } from "../src/index.ts";

export const CREATED = {
  status: 200,
  id: "SELLLY-1",
  redirect_url: "https://pay.cashbill.pl/pl/payment/1",
  message: "Płatność została wygenerowana, trwa przekierowywanie...",
};

export function createRequest(
  change: Partial<CreateRequest<SelllyCheckoutOptions>> = {},
): CreateRequest<SelllyCheckoutOptions> {
  const paymentId = "pay_01h455vb4pex5vsknk084sn02q" as CreateRequest<never>["paymentId"];
  return {
    paymentId,
    merchantReference: paymentId.slice(4),
    amount: { value: 123, currency: "PLN" },
    description: "VIP, 30 days",
    buyer: { ip: "203.0.113.7", email: "test@test.pl", language: "pl" },
    callbackUrl: "https://shop.example/pay/callbacks/cards",
    returnUrl: { success: "https://shop.example/thanks", failure: "https://shop.example/sorry" },
    options: undefined,
    ...change,
  };
}

export function newCall(): Call {
  return createCall(AbortSignal.timeout(5000));
}

export interface Sent {
  body: string;
  contentType: string | null;
}

/** Answers the next create, and keeps exactly what was sent. */
export function answer(status: number, body: string | object, base = "https://api.sellly.io"): Sent {
  const sent: Sent = { body: "", contentType: null };
  const scope = nock(base).post("/pay").reply(status, body);
  scope.on("request", (request: Request, _interceptor: unknown, raw: string) => {
    sent.body = raw;
    sent.contentType = request.headers.get("content-type");
  });
  return sent;
}
