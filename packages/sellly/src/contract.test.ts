// Sellly as its document shows it, read November 2026: "API documentation", https://api.sellly.io.
import { describe, it } from "@jest/globals";
import type { CallbackReply } from "@pay/core/adapter";
import { type ProviderFixtures, providerContract } from "@pay/testkit";
import { query } from "../test/callback.ts";
import { type SelllyCheckoutOptions, sellly } from "./index.ts";

const CREATED = {
  status: 200,
  id: "SELLLY-1",
  redirect_url: "https://pay.cashbill.pl/pl/payment/1",
  message: "Płatność została wygenerowana, trwa przekierowywanie...",
};
const KEYS = ["s3cret-key", "s3cret-key-of-tomorrow"] as const;
const buyer = { ip: "203.0.113.62", email: "buyer+of@sellly.example", language: "pl" };
const amount = { value: 1999, currency: "PLN" };
const description = "VIP, 30 days";
const json = { "content-type": "application/json" };

const text = (status: number, body: string): CallbackReply => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body,
});
const OK = text(200, "OK");

const notification = (providerStatus: string, status: "succeeded" | "failed") =>
  ({
    callback: { method: "GET", query: query({ status: providerStatus, secret_key: KEYS[0] }) },
    gives: {
      kind: "notification",
      about: { providerReference: "SELLLY-1" },
      providerReference: "SELLLY-1",
      reported: { status, providerStatus },
      details: { operator: "cashbill", operator_id: "CB-9", payment_channel: "blik" },
      buyerEmail: "test@test.pl",
    },
  }) as const;

const fixtures: ProviderFixtures<SelllyCheckoutOptions> = {
  sources: [new URL("sellly.ts", import.meta.url), new URL("wire.ts", import.meta.url)],
  // The key proves notifications, and a create carries the first.
  secrets: [],
  credentials: { secret_key: KEYS[0] },
  productionUrl: "https://api.sellly.io",
  // "price: 1.23"
  amounts: { "0.01 PLN": "0.01", "10.00 PLN": "10.00" },
  create: {
    requests: [
      { amount, description, buyer, options: undefined },
      { amount, description, buyer, options: { operator: "stripe", paymentMethod: "card" } },
    ],
    amount({ body }) {
      const form = new URLSearchParams(body);
      return { text: form.get("price") ?? "", currency: form.get("currency_code") ?? "" };
    },
    accepted: [
      {
        answer: { status: 200, headers: json, body: JSON.stringify(CREATED) },
        gives: {
          kind: "accepted",
          providerReference: "SELLLY-1",
          next: { kind: "redirect", url: CREATED.redirect_url },
        },
      },
    ],
    refused: [
      {
        answer: {
          status: 500,
          headers: json,
          body: '{"status":607,"message":"Wartość buyer_email jest nieprawidłowa."}',
        },
        gives: {
          kind: "rejected",
          code: "invalid_request",
          retryable: false,
          providerCode: "607",
          field: "buyer.email",
        },
      },
      {
        answer: { status: 500, body: "602" },
        gives: { kind: "rejected", code: "configuration", retryable: false, providerCode: "602" },
      },
      {
        answer: { status: 500, headers: json, body: '{"error":"699"}' },
        gives: { kind: "rejected", code: "unavailable", retryable: true, providerCode: "699" },
      },
    ],
  },
  callbacks: {
    // Names the payment as the create's answer did.
    callbackFor: () => notification("OK", "succeeded").callback,
    recorded: [notification("OK", "succeeded"), notification("ERR", "failed")],
    proof: {
      kind: "shared-secret",
      at: { in: "query", name: "secret_key" },
      keys: { accepted: KEYS, old: "s3cret-key-of-yesterday", otherAccount: "s3cret-key-of-SHOP2" },
    },
    places: { status: { in: "query", name: "status" }, providerReference: { in: "query", name: "id" } },
    personal: ["test@test.pl"],
  },
  replies: {
    applied: OK,
    duplicate: OK,
    under_review: OK,
    status_check_scheduled: OK,
    unknown_payment: OK,
    refused: text(400, "Refused."),
    error: text(503, "Not stored, send it again."),
    isAcknowledgement: ({ body, status }) => status === 200 && body === "OK",
  },
};

describe("the contract of a provider", () => {
  providerContract({
    test: it,
    provider: (baseUrl) => sellly({ shopId: "SHOP1", secretKey: KEYS, operator: "cashbill", baseUrl }),
    otherAccount: (baseUrl) =>
      sellly({ shopId: "SHOP2", secretKey: "another-shops-key", operator: "cashbill", baseUrl }),
    fixtures,
  });
});
