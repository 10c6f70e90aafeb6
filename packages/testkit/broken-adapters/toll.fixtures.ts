import type { ProviderFixtures } from "../src/index.ts";
import type { toll } from "./toll.ts";

const SECRETS = ["toll-secret-current", "toll-secret-next"] as const;

export const make = (module: { readonly toll: typeof toll }) => (baseUrl: string) =>
  module.toll({ shop: "SHOP1", secrets: SECRETS, baseUrl });
/** The same for another account. */
export const makeOther = (module: { readonly toll: typeof toll }) => (baseUrl: string) =>
  module.toll({ shop: "SHOP2", secrets: ["toll-secret-of-shop-2"], baseUrl });

const SAID = {
  secret: SECRETS[0],
  id: "T-1",
  amount: "1999",
  currency: "PLN",
  channel: "card",
  phone: "+48 600 700 800",
};
const callback = (change: Readonly<Record<string, string>>) => ({
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams({ ...SAID, ...change }).toString(),
});
const amount = { value: 1999, currency: "PLN" };
const common = {
  kind: "notification",
  about: { providerReference: "T-1" },
  providerReference: "T-1",
  details: { channel: "card" },
} as const;
const buyer = { ip: "203.0.113.72", email: "buyer.of.toll@example.com", language: "pl" };
const OK = { status: 200, body: "OK" };

export const fixtures = (source: URL): ProviderFixtures => ({
  sources: [source],
  secrets: [],
  credentials: { secret: SECRETS[0] },
  amounts: { "0.01 PLN": "1", "10.00 PLN": "1000" },
  create: {
    requests: [{ amount, description: "VIP, 30 days", buyer, options: undefined }],
    amount({ body }) {
      const form = new URLSearchParams(body);
      return { text: form.get("amount") ?? "", currency: form.get("currency") ?? "" };
    },
    accepted: [
      {
        answer: { status: 200, body: "TRUE T-1 https://pay.toll.example/T-1" },
        gives: {
          kind: "accepted",
          providerReference: "T-1",
          next: { kind: "redirect", url: "https://pay.toll.example/T-1" },
        },
      },
    ],
    refused: [],
  },
  callbacks: {
    callbackFor({ body }) {
      const form = new URLSearchParams(body);
      return callback({ status: "PAID", amount: form.get("amount") ?? "", currency: form.get("currency") ?? "" });
    },
    recorded: [
      {
        callback: callback({ status: "PAID" }),
        gives: { ...common, reported: { status: "succeeded", providerStatus: "PAID", amount } },
      },
      {
        callback: callback({ status: "FAILED" }),
        gives: { ...common, reported: { status: "failed", providerStatus: "FAILED", amount } },
      },
    ],
    proof: {
      kind: "shared-secret",
      at: { in: "form", name: "secret" },
      keys: { accepted: SECRETS, old: "toll-secret-old", otherAccount: "toll-secret-of-shop-2" },
    },
    places: {
      status: { in: "form", name: "status" },
      amount: { in: "form", name: "amount" },
      currency: { in: "form", name: "currency" },
      providerReference: { in: "form", name: "id" },
    },
    personal: [SAID.phone],
  },
  replies: {
    applied: OK,
    duplicate: OK,
    under_review: OK,
    status_check_scheduled: OK,
    unknown_payment: OK,
    refused: { status: 400, body: "ERROR" },
    error: { status: 503, body: "ERROR" },
    isAcknowledgement: ({ body, status }) => status === 200 && body === "OK",
  },
});
