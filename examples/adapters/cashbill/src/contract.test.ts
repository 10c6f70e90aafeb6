// CashBill as its sources show it; they are named in the README.
import { describe, it } from "@jest/globals";
import type { CallbackReply } from "@pay/core/adapter";
import { type ProviderFixtures, providerContract, type WireRequest } from "@pay/testkit";
import { CREATED, createRequest, md5, PROVIDER_REFERENCE, query, sha1, status } from "../test/fixtures.ts";
import { type CashBillCheckoutOptions, cashBill } from "./index.ts";

const KEYS = ["s3cret-key", "s3cret-key-of-tomorrow"] as const;
const { description } = createRequest();
const buyer = { email: "buyer+of@cashbill.example" };
const checkout = (currency: string, options?: CashBillCheckoutOptions) =>
  ({ amount: { value: 1999, currency }, description, buyer, options }) as const;

/** Of a create's fields in their order, or of the id in the address. */
function requestSign({ body, target }: WireRequest): string {
  const fields = [...new URLSearchParams(body)].filter(([name]) => name !== "sign").map(([, value]) => value);
  const id = /\/payment\/shop1\/([^?]+)/.exec(target)?.[1] ?? "";
  return sha1([...fields, id, KEYS[0]].join(""));
}

const answer = (body: object) => ({ status: 200, body: JSON.stringify(body) });
const text = (code: number, body: string): CallbackReply => ({
  status: code,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body,
});
const OK = text(200, "OK");

const reported = (providerStatus: string, meaning: "succeeded" | "failed" | "pending") => ({
  answer: answer(status(providerStatus)),
  gives: { status: meaning, providerStatus, amount: { value: 1999, currency: "PLN" } } as const,
});

const fixtures: ProviderFixtures<CashBillCheckoutOptions> = {
  sources: [new URL("cashbill.ts", import.meta.url)],
  // The key is the only one.
  secrets: [],
  credentials: { sign: requestSign },
  productionUrl: "https://pay.cashbill.pl/ws/rest",
  amounts: { "0.01 PLN": "0.01", "10.00 PLN": "10.00" },
  create: {
    requests: [checkout("PLN"), checkout("EUR", { paymentChannel: "blik" }), checkout("USD")],
    amount({ body }) {
      const form = new URLSearchParams(body);
      return { text: form.get("amount.value") ?? "", currency: form.get("amount.currencyCode") ?? "" };
    },
    returnFields: { success: "returnUrl", failure: "negativeReturnUrl" },
    accepted: [
      {
        answer: answer(CREATED),
        gives: {
          kind: "accepted",
          providerReference: PROVIDER_REFERENCE,
          next: { kind: "redirect", url: CREATED.redirectUrl },
        },
      },
    ],
    refused: [], // The sources document none.
  },
  callbacks: {
    // Names the payment as the create's answer did.
    callbackFor: () => ({ method: "GET", query: query() }),
    recorded: [
      {
        callback: { method: "GET", query: query() },
        gives: {
          kind: "check_status",
          about: { providerReference: PROVIDER_REFERENCE },
          providerReference: PROVIDER_REFERENCE,
        },
      },
    ],
    ignored: [{ callback: { method: "GET", query: query({ cmd: "verificationFinished" }) }, reply: OK }],
    proof: {
      kind: "signature",
      at: { in: "query", name: "sign" },
      covers: [
        { in: "query", name: "cmd" },
        { in: "query", name: "args" },
      ],
      keys: { accepted: KEYS, old: "s3cret-key-of-yesterday", otherAccount: "s3cret-key-of-shop2" },
      sign(callback, key) {
        const fields = new URLSearchParams(callback.query);
        return md5(`${fields.get("cmd") ?? ""}${fields.get("args") ?? ""}${key}`);
      },
    },
    places: { providerReference: { in: "query", name: "args" } },
  },
  replies: {
    applied: OK,
    duplicate: OK,
    under_review: OK,
    status_check_scheduled: OK,
    unknown_payment: OK,
    refused: text(400, "Refused."),
    error: text(503, "Not stored, send it again."),
    isAcknowledgement: ({ body, status: code }) => code === 200 && body === "OK",
  },
  retrieve: {
    answers: [
      reported("PositiveFinish", "succeeded"),
      reported("NegativeFinish", "failed"),
      reported("Fraud", "failed"),
      reported("TimeExceeded", "failed"),
      reported("CriticalError", "failed"),
      reported("Abort", "failed"),
      reported("PreStart", "pending"),
      reported("Start", "pending"),
      reported("PositiveAuthorization", "pending"),
      reported("NegativeAuthorization", "pending"),
    ],
    withStatus: (word) => answer(status(word)),
  },
};

describe("the contract of a provider", () => {
  providerContract({
    test: it,
    provider: (baseUrl) => cashBill({ shopId: "shop1", secretKey: KEYS, baseUrl }),
    otherAccount: (baseUrl) => cashBill({ shopId: "shop2", secretKey: "s3cret-key-of-shop2", baseUrl }),
    fixtures,
  });
});
