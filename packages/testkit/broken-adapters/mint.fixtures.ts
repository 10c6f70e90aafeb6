import { createHmac } from "node:crypto";
import type { StatusReport } from "@pay/core/adapter";
import type { ProviderFixtures, Signature, WireCallback } from "../src/index.ts";
import type { mint } from "./mint.ts";

const PASSWORD = "mint-password-12";
const KEYS = ["mint-key-current", "mint-key-next"] as const;

/** Makes the provider from an adapter's module, good or broken. */
export const make = (module: { readonly mint: typeof mint }) => (baseUrl: string) =>
  module.mint({ shop: "SHOP1", password: PASSWORD, keys: KEYS, baseUrl });
/** The same for another account. */
export const makeOther = (module: { readonly mint: typeof mint }) => (baseUrl: string) =>
  module.mint({ shop: "SHOP2", password: "mint-password-of-shop-2", keys: ["mint-key-of-shop-2"], baseUrl });

const sign: Signature["sign"] = ({ body }, key) => createHmac("sha256", key).update(body).digest("base64");
const amount = { value: 1999, currency: "PLN" };
const about = { providerReference: "m-1" };
const SAID = { order: "m-1", reference: "01h455vb4pex5vsknk084sn02q", amount: 1999, currency: "PLN" };
const CREATED = { ...SAID, result: "OK", url: "https://pay.mint.example/m-1" };
const REFUNDED = {
  order: "m-1",
  refund: "mr-1",
  reference: "01h455vb4pex5vsknk084sn03r",
  amount: 700,
  status: "STARTED",
};
const json = (status: number, body: object) => ({ status, body: JSON.stringify(body) });

function callback(body: string): WireCallback {
  const signature = sign({ method: "POST", query: "", headers: {}, body: Buffer.from(body) }, KEYS[0]);
  return { method: "POST", headers: { "x-mint-signature": signature, "content-type": "application/json" }, body };
}

const recorded = (providerStatus: string, status: StatusReport["status"]) =>
  ({
    // As gateways write JSON, and no parser would write it again.
    callback: callback(`{ "status": "${providerStatus}", "note": "caf\\u00e9 \\/ 1",${JSON.stringify(SAID).slice(1)}`),
    gives: { kind: "notification", about, ...about, reported: { status, providerStatus, amount } },
  }) as const;

const place = (name: string) => ({ in: "json", name }) as const;
const OK = { status: 200, body: "" };

export const fixtures = (source: URL): ProviderFixtures => ({
  sources: [source],
  secrets: [PASSWORD],
  credentials: { authorization: { user: "SHOP1", password: PASSWORD } },
  productionUrl: "https://api.mint.example",
  amounts: { "0.01 PLN": "1", "10.00 PLN": "1000", "1 JPY": "1", "10 JPY": "10" },
  create: {
    requests: [
      { amount, description: "VIP, 30 days", buyer: { email: "buyer.of.mint@example.com" }, options: undefined },
    ],
    amount({ body }) {
      const said = JSON.parse(body);
      return { text: String(said.amount), currency: said.currency };
    },
    returnFields: { success: "urls.paid", failure: "urls.unpaid" },
    accepted: [
      {
        answer: json(201, CREATED),
        gives: { kind: "accepted", ...about, next: { kind: "redirect", url: CREATED.url } },
      },
    ],
    refused: [],
  },
  callbacks: {
    addressFields: ["notify"],
    callbackFor(sent) {
      const { amount, currency, notify: to, reference } = JSON.parse(sent.body);
      return { ...callback(JSON.stringify({ ...SAID, status: "COMPLETED", amount, currency, reference })), to };
    },
    recorded: [recorded("COMPLETED", "succeeded"), recorded("CANCELED", "failed"), recorded("PENDING", "pending")],
    proof: {
      kind: "signature",
      at: { in: "header", name: "x-mint-signature" },
      covers: "body",
      keys: { accepted: KEYS, old: "mint-key-of-last-year", otherAccount: "mint-key-of-shop-2" },
      sign,
    },
    places: {
      status: place("status"),
      amount: place("amount"),
      currency: place("currency"),
      providerReference: place("order"),
    },
  },
  replies: {
    applied: OK,
    duplicate: OK,
    under_review: OK,
    status_check_scheduled: OK,
    unknown_payment: OK,
    refused: { status: 400, body: "" },
    error: { status: 503, body: "" },
    isAcknowledgement: ({ status }) => status === 200,
  },
  retrieve: {
    answers: [
      {
        answer: json(200, { ...SAID, status: "COMPLETED" }),
        gives: { status: "succeeded", providerStatus: "COMPLETED", amount },
      },
      {
        answer: json(200, { ...SAID, status: "PENDING" }),
        gives: { status: "pending", providerStatus: "PENDING", amount },
      },
    ],
    withStatus: (status) => json(200, { ...SAID, status }),
  },
  refund: {
    amount: ({ body }) => ({ text: String(JSON.parse(body).amount) }),
    done: [{ answer: json(202, REFUNDED), gives: { kind: "pending", providerReference: "mr-1" } }],
    refused: [],
  },
});
