import type { ProviderFixtures } from "../src/index.ts";
import type { rumor } from "./rumor.ts";

const API_KEY = "rumor-api-key-1";

export const make = (module: { readonly rumor: typeof rumor }) => (baseUrl: string) =>
  module.rumor({ shop: "SHOP1", apiKey: API_KEY, baseUrl });
/** The same for another account. */
export const makeOther = (module: { readonly rumor: typeof rumor }) => (baseUrl: string) =>
  module.rumor({ shop: "SHOP2", apiKey: "rumor-api-key-of-shop-2", baseUrl });

const amount = { value: 1999, currency: "PLN" };
const order = "01h455vb4pex5vsknk084sn0cc";
const gives = { kind: "check_status", about: { merchantReference: order } } as const;
const DONE = { status: 204, body: "" };
const answer = (state: string) => ({ status: 200, body: JSON.stringify({ state, amount: "19.99" }) });
const buyer = { ip: "203.0.113.75", email: "buyer.of.rumor@example.com" };

export const fixtures = (source: URL): ProviderFixtures => ({
  sources: [source],
  secrets: [API_KEY],
  credentials: { "x-api-key": API_KEY },
  amounts: { "0.01 PLN": "0.01", "10.00 PLN": "10.00" },
  create: {
    requests: [{ amount, description: "VIP, 30 days", buyer, options: undefined }],
    amount: ({ body }) => ({ text: String(JSON.parse(body).amount) }),
    accepted: [
      {
        answer: { status: 200, body: '{"result":"taken"}' },
        gives: { kind: "accepted", next: { kind: "wait" } },
      },
    ],
    refused: [],
  },
  callbacks: {
    callbackFor: ({ body }) => ({ method: "GET", query: `order=${JSON.parse(body).order}` }),
    recorded: [
      { callback: { method: "GET", query: `order=${order}` }, gives },
      { callback: { method: "POST", body: `order=${order}` }, gives },
    ],
    places: { merchantReference: { in: "query", name: "order" } },
  },
  replies: {
    applied: DONE,
    duplicate: DONE,
    under_review: DONE,
    status_check_scheduled: DONE,
    unknown_payment: DONE,
    refused: { status: 400, body: "" },
    error: { status: 503, body: "" },
    isAcknowledgement: ({ status }) => status < 300,
  },
  retrieve: {
    answers: [
      { answer: answer("PAID"), gives: { status: "succeeded", providerStatus: "PAID", amount } },
      { answer: answer("GONE"), gives: { status: "failed", providerStatus: "GONE", amount } },
    ],
    withStatus: answer,
  },
});
