import type { ProviderFixtures } from "../src/index.ts";
import type { beacon } from "./beacon.ts";

const PASSWORD = "beacon-password-1";

export const make = (module: { readonly beacon: typeof beacon }) => (baseUrl: string) =>
  module.beacon({ shop: "SHOP1", password: PASSWORD, baseUrl });
/** The same for another account. */
export const makeOther = (module: { readonly beacon: typeof beacon }) => (baseUrl: string) =>
  module.beacon({ shop: "SHOP2", password: "beacon-password-of-shop-2", baseUrl });

const paymentId = "pay_01h455vb4pex5vsknk084sn0aa";
const goOn = (goto: string) => ({ status: 200, body: JSON.stringify({ goto }) });
const buyer = { ip: "203.0.113.73", email: "buyer.of.beacon@example.com" };

const callback = (paid: boolean) =>
  ({
    callback: { method: "POST", paymentId, body: JSON.stringify({ order: "b-1", paid }) },
    gives: {
      kind: "notification",
      about: { paymentId },
      providerReference: "b-1",
      reported: { status: paid ? "succeeded" : "failed", providerStatus: String(paid) },
    },
  }) as const;

export const fixtures = (source: URL): ProviderFixtures => ({
  sources: [source],
  secrets: [PASSWORD, "beacon-token-2"],
  credentials: { authorization: "Bearer beacon-token-2", password: PASSWORD },
  amounts: { "0.01 PLN": "1", "10.00 PLN": "1000" },
  before: ({ target }) => (target === "/token" ? { status: 200, body: '{"token":"beacon-token-2"}' } : undefined),
  create: {
    requests: [{ amount: { value: 1999, currency: "PLN" }, description: "VIP, 30 days", buyer, options: undefined }],
    amount: ({ body }) => ({ text: String(JSON.parse(body).amount) }),
    accepted: [
      {
        answer: { status: 200, body: '{"order":"b-1"}' },
        gives: (baseUrl) => ({
          kind: "accepted",
          providerReference: "b-1",
          next: { kind: "redirect", url: `${baseUrl}/pay/b-1` },
        }),
      },
    ],
    refused: [],
  },
  callbacks: {
    addressFields: ["callback"],
    callbackFor: ({ body }) => ({
      method: "POST",
      body: JSON.stringify({ order: "b-1", paid: true }),
      to: JSON.parse(body).callback,
    }),
    recorded: [callback(true), callback(false)],
    places: { status: { in: "json", name: "paid" }, providerReference: { in: "json", name: "order" } },
  },
  replies: {
    applied: goOn,
    duplicate: goOn,
    under_review: goOn,
    status_check_scheduled: goOn,
    unknown_payment: goOn,
    refused: { status: 400, body: "{}" },
    error: { status: 503, body: "{}" },
    isAcknowledgement: ({ status }) => status === 200,
  },
});
