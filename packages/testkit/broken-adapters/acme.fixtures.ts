import { createHmac } from "node:crypto";
import type { ProviderFixtures, Signature, WireCallback, WireRequest } from "../src/index.ts";
import type { acme } from "./acme.ts";

export const NAME = "acme";
const KEYS = ["acme-key-current-1", "acme-key-next-2"] as const;
const API_KEY = "acme-api-key-3";

/** Makes the provider from an adapter's module, good or broken. */
export const make = (module: { readonly acme: typeof acme }) => (baseUrl: string) =>
  module.acme({ shop: "SHOP1", apiKey: API_KEY, keys: KEYS, baseUrl });
/** The same for another account. */
export const makeOther = (module: { readonly acme: typeof acme }) => (baseUrl: string) =>
  module.acme({ shop: "SHOP2", apiKey: "acme-api-key-of-shop-2", keys: ["acme-key-of-shop-2"], baseUrl });

const ENGINE = "01h455vb4pex5vsknk084sn02q";
const sign: Signature["sign"] = ({ body }, key) => createHmac("sha256", key).update(body).digest("hex");

function callback(fields: Readonly<Record<string, string>>): WireCallback {
  const body = JSON.stringify(fields);
  const signature = createHmac("sha256", KEYS[0]).update(body).digest("hex");
  return { method: "POST", headers: { "acme-signature": signature, "content-type": "application/json" }, body };
}

const SAID = { type: "payment", id: "tx_1", reference: ENGINE, amount: "19.99", currency: "PLN" };
const about = { merchantReference: ENGINE };
const amount = { value: 1999, currency: "PLN" };

const payment = (event: string, status: string, more: Readonly<Record<string, string>> = {}) =>
  callback({ event, ...SAID, status, ...more });

const json = (body: object, status = 200) => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
const rejected = { kind: "rejected", retryable: false } as const;
const field = (name: string) => (sent: WireRequest) => String(JSON.parse(sent.body)[name]);

export const fixtures = (source: URL): ProviderFixtures => ({
  sources: [source],
  secrets: [API_KEY],
  credentials: { authorization: `Bearer ${API_KEY}` },
  amounts: {
    "0.01 PLN": "0.01",
    "10.00 PLN": "10.00",
    "1 JPY": "1",
    "10 JPY": "10",
    "0.001 KWD": "0.001",
    "10.000 KWD": "10.000",
  },
  create: {
    requests: [
      {
        amount,
        description: "VIP, 30 days",
        buyer: { email: "Buyer.of.Acme@example.com", ip: "203.0.113.71", language: "pl" },
        options: undefined,
      },
    ],
    amount: (sent) => ({ text: field("amount")(sent), currency: field("currency")(sent) }),
    returnFields: { success: "success", failure: "failure" },
    accepted: [
      {
        answer: json({ id: "tx_1", url: "https://pay.acme.example/tx_1", expires: "2026-11-26T12:00:00Z" }, 201),
        gives: {
          kind: "accepted",
          providerReference: "tx_1",
          next: { kind: "redirect", url: "https://pay.acme.example/tx_1" },
          expiresAt: Date.UTC(2026, 10, 26, 12),
        },
      },
    ],
    refused: [
      {
        answer: json({ error: "amount_too_small" }, 422),
        gives: { ...rejected, code: "invalid_request", providerCode: "amount_too_small", field: "amount" },
      },
      {
        answer: json({ error: "maintenance" }, 503),
        gives: { ...rejected, code: "unavailable", retryable: true, providerCode: "maintenance" },
      },
    ],
  },
  callbacks: {
    addressFields: ["notify"],
    callbackFor(sent) {
      const { amount, currency, notify: to, reference } = JSON.parse(sent.body);
      return { ...payment("ev_7", "paid", { amount, currency, reference }), to };
    },
    recorded: [
      {
        callback: payment("ev_1", "paid", { channel: "blik", email: "payer.of.acme@example.com" }),
        gives: {
          kind: "notification",
          about,
          providerReference: "tx_1",
          reported: { status: "succeeded", providerStatus: "paid", amount },
          eventId: "ev_1",
          details: { channel: "blik" },
          buyerEmail: "payer.of.acme@example.com",
        },
      },
      ...(
        [
          ["ev_2", "declined", "failed"],
          ["ev_3", "waiting", "pending"],
          ["ev_4", "charged_back", "reversed"],
          ["ev_5", "on_fire", "unrecognized"],
        ] as const
      ).map(([eventId, providerStatus, status]) => ({
        callback: payment(eventId, providerStatus),
        gives: {
          kind: "notification",
          about,
          providerReference: "tx_1",
          reported: { status, providerStatus, amount },
          eventId,
        } as const,
      })),
      {
        callback: callback({ type: "changed", id: "tx_1", reference: ENGINE }),
        gives: { kind: "check_status", about, providerReference: "tx_1" },
      },
      ...(
        [
          ["ev_6", "done", "succeeded"],
          ["ev_9", "queued", "pending"],
          ["ev_10", "refused", "failed"],
        ] as const
      ).map(([eventId, providerStatus, status]) => ({
        callback: payment(eventId, providerStatus, {
          type: "refund",
          refund: "rf_1",
          refund_reference: "01h455vb4pex5vsknk084sn03r",
          amount: "7.00",
        }),
        gives: {
          kind: "refund",
          about,
          providerReference: "tx_1",
          refund: {
            providerReference: "rf_1",
            merchantReference: "01h455vb4pex5vsknk084sn03r",
            status,
            amount: { value: 700, currency: "PLN" },
            providerStatus,
          },
          eventId,
        } as const,
      })),
    ],
    proof: {
      kind: "signature",
      at: { in: "header", name: "acme-signature" },
      covers: "body",
      keys: { accepted: KEYS, old: "acme-key-of-last-year", otherAccount: "acme-key-of-shop-2" },
      sign,
    },
    places: {
      status: { in: "json", name: "status" },
      amount: { in: "json", name: "amount" },
      currency: { in: "json", name: "currency" },
      merchantReference: { in: "json", name: "reference" },
      providerReference: { in: "json", name: "id" },
    },
    personal: ["payer.of.acme@example.com"],
  },
  replies: {
    applied: { status: 200, body: "received" },
    duplicate: { status: 200, body: "received" },
    under_review: { status: 200, body: "received" },
    status_check_scheduled: { status: 200, body: "received" },
    unknown_payment: { status: 200, body: "received" },
    refused: { status: 403, body: "refused" },
    error: { status: 503, body: "again" },
    isAcknowledgement: ({ status }) => status >= 200 && status < 300,
  },
  retrieve: {
    answers: [
      {
        answer: json({ status: "paid", amount: "19.99", currency: "PLN" }),
        gives: { status: "succeeded", providerStatus: "paid", amount },
      },
      {
        answer: json({ status: "declined", amount: "19.99", currency: "PLN" }),
        gives: { status: "failed", providerStatus: "declined", amount },
      },
    ],
    withStatus: (status) => json({ status, amount: "19.99", currency: "PLN" }),
  },
  refund: {
    amount: (sent) => ({ text: field("amount")(sent) }),
    callbackFor(sent) {
      const refund = { refund: "rf_1", refund_reference: field("reference")(sent), amount: field("amount")(sent) };
      return payment("ev_8", "done", { type: "refund", ...refund });
    },
    done: [
      { answer: json({ id: "rf_1", status: "done" }), gives: { kind: "succeeded", providerReference: "rf_1" } },
      { answer: json({ id: "rf_1", status: "queued" }, 202), gives: { kind: "pending", providerReference: "rf_1" } },
    ],
    refused: [
      {
        answer: json({ error: "already_refunded" }, 409),
        gives: { ...rejected, code: "declined", providerCode: "already_refunded" },
      },
    ],
  },
  cancel: {
    done: [{ answer: json({ status: "canceled", reference: ENGINE }), gives: { kind: "canceled" } }],
    refused: [
      {
        answer: json({ error: "already_paid" }, 409),
        gives: { ...rejected, code: "declined", providerCode: "already_paid" },
      },
    ],
  },
});
