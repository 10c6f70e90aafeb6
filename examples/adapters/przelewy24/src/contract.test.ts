// Przelewy24 as its document shows it, which the README names.
import { describe, it } from "@jest/globals";
import type { CallbackReply } from "@pay/core/adapter";
import { type ProviderFixtures, providerContract } from "@pay/testkit";
import {
  createRequest,
  NOT_FOUND,
  notification,
  ORDER_ID,
  REFERENCE,
  REFUND_REFERENCE,
  REGISTERED,
  refundNotification,
  sha384,
  VERIFIED,
} from "../test/fixtures.ts";
import { type Przelewy24CheckoutOptions, przelewy24 } from "./index.ts";

const KEYS = ["crc-key", "crc-key-of-tomorrow"] as const;
const API_KEY = "api-key-1";
const ORDER = String(ORDER_ID);
const { description } = createRequest();
const buyer = { email: "buyer+of@przelewy24.example", language: "en" };
const checkout = (currency: string, options?: Przelewy24CheckoutOptions) =>
  ({ amount: { value: 1999, currency }, description, buyer, options }) as const;
const field = (name: string) => ({ in: "json", name }) as const;

/** The signature of a registration or of a verification. Other requests have none. */
function requestSign(body: string): string | undefined {
  if (!body.includes('"sign"')) return undefined;
  const { amount, currency, merchantId, orderId, sessionId } = JSON.parse(body);
  const name = orderId === undefined ? { merchantId } : { orderId };
  return sha384(JSON.stringify({ sessionId, ...name, amount, currency, crc: KEYS[0] }));
}

const answer = (status: number, body: object) => ({ status, body: JSON.stringify(body) });
const text = (status: number, body: string): CallbackReply => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body,
});
const OK = text(200, "OK");

const refunded = (raw: number, status: "succeeded" | "failed") =>
  ({
    callback: { method: "POST", body: JSON.stringify(refundNotification({ status: raw })) },
    gives: {
      kind: "refund",
      about: { merchantReference: REFERENCE },
      providerReference: ORDER,
      refund: {
        merchantReference: REFUND_REFERENCE,
        providerReference: REFUND_REFERENCE,
        status,
        amount: { value: 500, currency: "PLN" },
        providerStatus: String(raw),
      },
    },
  }) as const;

const refund = { orderId: ORDER_ID, sessionId: REFERENCE, amount: 700, status: true, message: "success" };

const fixtures: ProviderFixtures<Przelewy24CheckoutOptions> = {
  sources: [new URL("przelewy24.ts", import.meta.url)],
  secrets: [API_KEY],
  credentials: { authorization: { user: "123", password: API_KEY }, sign: ({ body }) => requestSign(body) },
  productionUrl: "https://secure.przelewy24.pl",
  // "Transaction amount expressed in lowest currency unit, e.g. 1.23 PLN = 123"
  amounts: { "0.01 PLN": "1", "10.00 PLN": "1000", "1.23 PLN": "123" },
  create: {
    requests: [checkout("PLN"), checkout("EUR", { method: 154 })],
    amount({ body }) {
      const { amount, currency } = JSON.parse(body);
      return { text: String(amount), currency };
    },
    // One address for both.
    returnFields: { success: "urlReturn" },
    accepted: [
      {
        answer: answer(200, REGISTERED),
        gives: (baseUrl) => ({
          kind: "accepted",
          next: { kind: "redirect", url: `${baseUrl}/trnRequest/AF1B-23_token` },
        }),
      },
    ],
    refused: [
      {
        answer: answer(400, { error: "Invalid input data", code: 400 }),
        gives: { kind: "rejected", code: "declined", retryable: false, providerCode: "400" },
      },
      {
        answer: answer(401, { error: "Incorrect authentication", code: 401 }),
        gives: { kind: "rejected", code: "configuration", retryable: false, providerCode: "401" },
      },
    ],
  },
  callbacks: {
    addressFields: ["urlStatus"],
    callbackFor({ body }) {
      const { amount, currency, sessionId, urlStatus: to } = JSON.parse(body);
      const said = notification({ amount, originAmount: amount, currency, sessionId });
      return { method: "POST", body: JSON.stringify(said), to };
    },
    recorded: [
      {
        callback: { method: "POST", body: JSON.stringify(notification()) },
        gives: {
          kind: "check_status",
          about: { merchantReference: REFERENCE },
          providerReference: ORDER,
          details: { methodId: "154" },
        },
      },
      refunded(0, "succeeded"),
      refunded(1, "failed"),
    ],
    proof: {
      kind: "signature",
      at: field("sign"),
      covers: [
        ...["merchantId", "posId", "sessionId", "amount", "originAmount", "currency", "orderId", "methodId"].map(field),
        ...["statement", "refundsUuid", "status"].map(field),
      ],
      keys: { accepted: KEYS, old: "crc-key-of-yesterday", otherAccount: "crc-key-of-shop-2" },
      sign({ body }, key) {
        const fields = { ...JSON.parse(body.toString()), sign: undefined };
        const signed = "refundsUuid" in fields ? refundNotification(fields, key) : notification(fields, key);
        return String(signed.sign);
      },
    },
    places: {
      status: field("status"),
      amount: field("amount"),
      currency: field("currency"),
      merchantReference: field("sessionId"),
      providerReference: field("orderId"),
    },
  },
  replies: {
    applied: OK,
    duplicate: OK,
    under_review: OK,
    status_check_scheduled: OK,
    unknown_payment: OK,
    refused: text(400, "Refused."),
    error: text(503, "Again."),
    isAcknowledgement: ({ body, status }) => status === 200 && body === "OK",
  },
  retrieve: {
    // Of the verification. How transactions are found by name is tested beside it: here every question has the same answer.
    answers: [
      {
        answer: answer(200, VERIFIED),
        // The amount that the suite names, which is what was verified.
        gives: { status: "succeeded", amount: { value: 7_654_321, currency: "PLN" }, providerStatus: "verified" },
      },
      { answer: answer(404, NOT_FOUND), gives: { status: "pending", providerStatus: "404" } },
    ],
    withStatus: (word) => answer(200, { data: { status: word }, responseCode: 0 }),
  },
  refund: {
    amount: ({ body }) => ({ text: String(JSON.parse(body).refunds[0].amount) }),
    callbackFor({ body }) {
      const { refunds, refundsUuid, requestId, urlStatus: to } = JSON.parse(body);
      const said = refundNotification({ ...refunds[0], refundsUuid, requestId, status: 0 });
      return { method: "POST", body: JSON.stringify(said), to };
    },
    done: [{ answer: answer(201, { data: [refund], responseCode: 0 }), gives: { kind: "pending" } }],
    refused: [
      {
        answer: answer(409, { error: [{ ...refund, status: false, message: "Transaction not found" }] }),
        gives: { kind: "rejected", code: "declined", retryable: false, providerCode: "409" },
      },
    ],
  },
};

describe("the contract of a provider", () => {
  providerContract({
    test: it,
    provider: (baseUrl) => przelewy24({ merchantId: 12345, posId: 123, apiKey: API_KEY, crc: KEYS, baseUrl }),
    otherAccount: (baseUrl) =>
      przelewy24({ merchantId: 67890, posId: 678, apiKey: "api-key-of-shop-2", crc: "crc-key-of-shop-2", baseUrl }),
    fixtures,
  });
});
