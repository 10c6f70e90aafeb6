// GOSetti.pl as its document shows it, read November 2026: "PaySafeCard Api GOSetti.pl V1".
import { describe, it } from "@jest/globals";
import type { CallbackReply } from "@pay/core/adapter";
import { type ProviderFixtures, providerContract } from "@pay/testkit";
import { type GoSettiPscCheckoutOptions, goSettiPsc } from "./index.ts";

const CREATED = { PaySafeCardTransactionId: "psc-1", RedirectUrl: "https://customer.paysafecard.com/pay/1" };
const paymentId = "pay_01h455vb4pex5vsknk084sn0dd";
const buyer = { ip: "203.0.113.61", email: "buyer@psc.example", language: "pl" };

const sendOn = (returnUrl: string): CallbackReply => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ RedirectUrl: returnUrl }),
});
const text = (status: number, body: string): CallbackReply => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body,
});

const callback = (finished: boolean, status: "succeeded" | "failed") =>
  ({
    callback: {
      method: "POST",
      paymentId,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ PaySafeCardTransactionId: "psc-1", Finished: finished }),
    },
    gives: {
      kind: "notification",
      about: { paymentId },
      providerReference: "psc-1",
      reported: { status, providerStatus: String(finished) },
    },
  }) as const;

const fixtures: ProviderFixtures<GoSettiPscCheckoutOptions> = {
  sources: [new URL("gosetti-psc.ts", import.meta.url), new URL("wire.ts", import.meta.url)],
  // There are none: the callback's address is all that proves anything.
  secrets: [],
  productionUrl: "https://gosetti.pl",
  // A float in PLN.
  amounts: { "0.01 PLN": "0.01", "10.00 PLN": "10", "20.50 PLN": "20.5" },
  create: {
    requests: [{ amount: { value: 1999, currency: "PLN" }, description: "VIP, 30 days", buyer, options: undefined }],
    amount: ({ body }) => ({ text: /"Amount":([^,]+),/.exec(body)?.[1] ?? "" }),
    accepted: [
      {
        answer: { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(CREATED) },
        gives: { kind: "accepted", providerReference: "psc-1", next: { kind: "redirect", url: CREATED.RedirectUrl } },
      },
    ],
    // The document describes no errors.
    refused: [],
  },
  callbacks: {
    addressFields: ["CallbackUrl"],
    callbackFor({ body }) {
      const { paymentId: _, ...paid } = callback(true, "succeeded").callback;
      return { ...paid, to: JSON.parse(body).CallbackUrl };
    },
    recorded: [callback(true, "succeeded"), callback(false, "failed")],
    places: {
      status: { in: "json", name: "Finished" },
      providerReference: { in: "json", name: "PaySafeCardTransactionId" },
    },
  },
  replies: {
    applied: sendOn,
    duplicate: sendOn,
    under_review: sendOn,
    status_check_scheduled: sendOn,
    unknown_payment: sendOn,
    refused: text(400, "Refused."),
    error: text(503, "Not stored, send it again."),
    isAcknowledgement: ({ body, status }) => status === 200 && body.includes('"RedirectUrl"'),
  },
};

describe("the contract of a provider", () => {
  providerContract({
    test: it,
    provider: (baseUrl) => goSettiPsc({ userId: 1234, baseUrl }),
    otherAccount: (baseUrl) => goSettiPsc({ userId: 5678, baseUrl }),
    fixtures,
  });
});
