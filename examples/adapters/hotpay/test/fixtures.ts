import { createHash } from "node:crypto";
import type { Call, CallbackRequest, CreateRequest } from "@pay/core/adapter";
import { createCall } from "@pay/core/adapter";
import { callbackRequest } from "@pay/core/testing";
import type { HotPayOptions } from "../src/index.ts";

// Signatures are made with node:crypto alone: they hold the adapter to the sources, not to the kit.

export const OPTIONS: HotPayOptions = { secret: "c2VrcmV0,", password: "hasło;1" };
export const PAYMENT_ID = "pay_01h455vb4pex5vsknk084sn02q" as CreateRequest<never>["paymentId"];
export const REFERENCE: string = PAYMENT_ID.slice(4);

export function createRequest(change: Partial<CreateRequest<never>> = {}): CreateRequest<never> {
  return {
    paymentId: PAYMENT_ID,
    merchantReference: REFERENCE,
    amount: { value: 1999, currency: "PLN" },
    description: "VIP, 30 dni",
    buyer: {},
    callbackUrl: "https://shop.example/pay/callbacks/hotpay",
    returnUrl: { success: "https://shop.example/thanks", failure: "https://shop.example/sorry" },
    options: undefined,
    ...change,
  };
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export type Fields = Readonly<Record<string, string | undefined>>;

/** A notification's fields, signed as the sources say, unless told otherwise. */
export function notification(change: Fields = {}, password = "hasło;1", secret = "c2VrcmV0,"): Fields {
  const it: Fields = {
    KWOTA: "19.99",
    ID_PLATNOSCI: "HPAY-12345",
    ID_ZAMOWIENIA: REFERENCE,
    STATUS: "SUCCESS",
    SECURE: "1",
    SEKRET: secret,
    ...change,
  };
  const text = `${password};${it.KWOTA ?? ""};${it.ID_PLATNOSCI ?? ""};${it.ID_ZAMOWIENIA ?? ""};${it.STATUS ?? ""};${it.SECURE ?? ""};${secret}`;
  return { ...it, HASH: "HASH" in change ? change.HASH : sha256(text) };
}

export function bodyOf(fields: Fields): string {
  const given = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
  return new URLSearchParams(given).toString();
}

/** A notification of HotPay. */
export function callback(body: string): CallbackRequest {
  return callbackRequest({ headers: { "content-type": "application/x-www-form-urlencoded" }, body });
}

export function newCall(): Call {
  return createCall(AbortSignal.timeout(5000));
}
