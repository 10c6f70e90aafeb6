// Examples of the gateway's messages. They are made up: replace each with the document's example or a recorded one, and name its source.
// Signatures use node:crypto alone, so that the fixtures test the adapter against the document and not against Pay's own kit.
import { createHmac } from "node:crypto";
import type { CallbackReply, PaymentProvider, StatusReport } from "@pay/core/adapter";
import type { ProviderFixtures, WireAnswer } from "@pay/testkit";
import { templateGateway } from "../src/template-gateway.ts";

const API_KEY = "api-key-1";
const KEYS = ["notification-key-1", "notification-key-of-tomorrow"] as const;
const REFERENCE = "01h455vb4pex5vsknk084sn02q";
const AMOUNT = { value: 1999, currency: "PLN" };

/** The adapter against a gateway at this address. */
export const newProvider = (baseUrl: string): PaymentProvider<never, never> =>
  templateGateway({ shopId: "SHOP1", apiKey: API_KEY, notificationKey: KEYS, baseUrl });

/** The same for another account. */
export const newOtherAccount = (baseUrl: string): PaymentProvider<never, never> =>
  templateGateway({ shopId: "SHOP2", apiKey: "api-of-shop-2", notificationKey: "key-of-shop-2", baseUrl });

const sign = (body: string | Uint8Array, key: string) => createHmac("sha256", key).update(body).digest("hex");

const json = (status: number, body: object): WireAnswer => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** A notification of the gateway. The suite signs it anew where it changes it. */
function notificationOf(said: object) {
  const body = JSON.stringify({ id: "T-1", ...said });
  const headers = { "content-type": "application/json", "x-signature": sign(body, KEYS[0]) };
  return { method: "POST", headers, body };
}

function notification(providerStatus: string, status: StatusReport["status"]) {
  const said = { reference: REFERENCE, status: providerStatus, amount: "19.99", currency: "PLN" };
  return {
    callback: notificationOf(said),
    gives: {
      kind: "notification",
      about: { merchantReference: REFERENCE },
      providerReference: "T-1",
      reported: { status, amount: AMOUNT, providerStatus },
    },
  } as const;
}

const plain = (status: number, body: string): CallbackReply => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body,
});
const OK = plain(200, "OK");

export const fixtures: ProviderFixtures<never> = {
  sources: [new URL("../src/template-gateway.ts", import.meta.url)],
  secrets: [API_KEY],
  credentials: { authorization: `Bearer ${API_KEY}` },
  // The address of the document for real money: the adapter goes there by default.
  productionUrl: "https://api.template-gateway.example",
  // How the document writes these prices. A gateway that counts grosze writes "1" and "1000".
  amounts: { "0.01 PLN": "0.01", "10.00 PLN": "10.00" },
  create: {
    requests: [
      {
        amount: AMOUNT,
        description: "VIP, 30 days",
        buyer: { email: "buyer.of@template-gateway.example", ip: "203.0.113.74", language: "pl" },
        options: undefined,
      },
    ],
    amount({ body }) {
      const { amount, currency } = JSON.parse(body);
      return { text: amount, currency };
    },
    returnFields: { success: "success", failure: "failure" },
    accepted: [
      {
        answer: json(201, { id: "T-1", page: "https://pay.template-gateway.example/T-1" }),
        gives: {
          kind: "accepted",
          providerReference: "T-1",
          next: { kind: "redirect", url: "https://pay.template-gateway.example/T-1" },
        },
      },
    ],
    refused: [
      {
        answer: json(422, { error: "amount_too_small" }),
        gives: {
          kind: "rejected",
          code: "invalid_request",
          retryable: false,
          providerCode: "amount_too_small",
          field: "amount",
        },
      },
      {
        answer: json(401, { error: "wrong_key" }),
        gives: { kind: "rejected", code: "configuration", retryable: false, providerCode: "wrong_key" },
      },
      {
        answer: json(503, { error: "maintenance" }),
        gives: { kind: "rejected", code: "unavailable", retryable: true, providerCode: "maintenance" },
      },
    ],
  },
  callbacks: {
    addressFields: ["notify"],
    // What the gateway reports of a create: it takes the names and the amount from the fields of the request.
    callbackFor({ body }) {
      const { amount, currency, notify: to, reference } = JSON.parse(body);
      return { ...notificationOf({ reference, status: "PAID", amount, currency }), to };
    },
    recorded: [
      notification("PAID", "succeeded"),
      notification("DECLINED", "failed"),
      notification("OPEN", "pending"),
      notification("ON_FIRE", "unrecognized"),
    ],
    proof: {
      kind: "signature",
      at: { in: "header", name: "x-signature" },
      covers: "body",
      keys: { accepted: KEYS, old: "notification-key-of-yesterday", otherAccount: "notification-key-of-SHOP2" },
      sign: ({ body }, key) => sign(body, key),
    },
    places: {
      status: { in: "json", name: "status" },
      amount: { in: "json", name: "amount" },
      currency: { in: "json", name: "currency" },
      merchantReference: { in: "json", name: "reference" },
      providerReference: { in: "json", name: "id" },
    },
  },
  replies: {
    applied: OK,
    duplicate: OK,
    under_review: OK,
    status_check_scheduled: OK,
    unknown_payment: OK,
    refused: plain(400, "Refused."),
    error: plain(503, "Not stored, send it again."),
    isAcknowledgement: ({ body, status }) => status === 200 && body === "OK",
  },
};
