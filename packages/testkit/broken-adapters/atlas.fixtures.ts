import { createHmac } from "node:crypto";
import type { Place, ProviderFixtures, Signature, WireCallback } from "../src/index.ts";
import type { atlas } from "./atlas.ts";

const SECRET = "atlas-client-secret-1";
const TOKEN = "atlas-token-2";
const KEYS = ["44782DEF547AAA06C910C43932B1EB0C", "71FC68D9D0C057550C48EC2ACF6BA056"] as const;
const OTHER_KEY = "77782DEF547AAA06C910C43932B1EB0C";
const TIME = "1492774577";

export const make = (module: { readonly atlas: typeof atlas }) => (baseUrl: string) =>
  module.atlas({ shop: "SHOP1", secret: SECRET, keys: KEYS, baseUrl });
/** The same for another account. */
export const makeOther = (module: { readonly atlas: typeof atlas }) => (baseUrl: string) =>
  module.atlas({ shop: "SHOP2", secret: "atlas-client-secret-of-shop-2", keys: [OTHER_KEY], baseUrl });

const REFERENCE = "01h455vb4pex5vsknk084sn02q";
const amount = { value: 1999, currency: "EUR" };
const PAID = { type: "PAYMENT", id: "7914073381342284", reference: REFERENCE, amount, success: "true" };
const REFUNDED = {
  ...PAID,
  type: "REFUND",
  id: "8814073381342285",
  original: PAID.id,
  amount: { ...amount, value: 700 },
};

const sign: Signature["sign"] = ({ body }, key) => {
  const { amount: stated, id, original = "", reference, success, type } = JSON.parse(body.toString());
  const signed = [TIME, type, id, original, reference, stated.value, stated.currency, success].join(":");
  return createHmac("sha256", Buffer.from(key, "hex")).update(signed).digest("base64");
};

const header = (signature: string | undefined) => ({
  "atlas-signature": `t=${TIME}${signature === undefined ? "" : `,v1=${signature}`}`,
});

function callback(said: object): WireCallback {
  const body = JSON.stringify(said);
  const signature = sign({ method: "POST", query: "", headers: {}, body: Buffer.from(body) }, KEYS[0]);
  return { method: "POST", headers: header(signature), body };
}

const at: Place = {
  in: "elsewhere",
  read: ({ headers }) => headers["atlas-signature"]?.split(",v1=")[1],
  write: (whole, text) => ({ ...whole, headers: { ...whole.headers, ...header(text) } }),
};
const field = (name: string) => ({ in: "json", name }) as const;
const named = { about: { merchantReference: REFERENCE }, providerReference: PAID.id };
const answer = (status: number, body: object) => ({ status, body: JSON.stringify(body) });
const DONE = { status: 200, body: "[accepted]" };

export const fixtures = (source: URL): ProviderFixtures => ({
  sources: [source],
  secrets: [SECRET],
  credentials: { authorization: `Bearer ${TOKEN}`, client_secret: SECRET },
  before: ({ target }) => (target === "/token" ? answer(200, { access_token: TOKEN, expires_in: 3600 }) : undefined),
  amounts: { "0.01 EUR": "1", "10.00 EUR": "1000", "1 JPY": "1", "10 JPY": "10" },
  create: {
    requests: [
      { amount, description: "VIP, 30 days", buyer: { email: "buyer.of.atlas@example.com" }, options: undefined },
    ],
    amount({ body }) {
      const { currency, value } = JSON.parse(body).amount;
      return { text: String(value), currency };
    },
    returnFields: { success: "back" },
    accepted: [
      {
        answer: answer(302, {
          resource: "payment",
          id: PAID.id,
          reference: REFERENCE,
          amount,
          state: "OPEN",
          buyer: { state: "WAITING" },
          url: "https://pay.atlas.example/7914",
        }),
        gives: {
          kind: "accepted",
          providerReference: PAID.id,
          next: { kind: "redirect", url: "https://pay.atlas.example/7914" },
        },
      },
    ],
    refused: [],
  },
  callbacks: {
    addressFields: ["notify"],
    callbackFor({ body }) {
      const { amount: asked, notify: to, reference } = JSON.parse(body);
      return { ...callback({ ...PAID, reference, amount: asked }), ...(to !== undefined && { to }) };
    },
    recorded: [
      {
        callback: callback(PAID),
        gives: {
          ...named,
          kind: "notification",
          reported: { status: "succeeded", amount, providerStatus: "PAYMENT true" },
        },
      },
      {
        callback: callback({ ...PAID, success: "false" }),
        gives: {
          ...named,
          kind: "notification",
          reported: { status: "failed", amount, providerStatus: "PAYMENT false" },
        },
      },
      {
        callback: callback(REFUNDED),
        gives: {
          ...named,
          kind: "refund",
          refund: {
            providerReference: REFUNDED.id,
            status: "succeeded",
            amount: REFUNDED.amount,
            providerStatus: "true",
          },
        },
      },
      {
        callback: callback({ ...REFUNDED, success: "false" }),
        gives: {
          ...named,
          kind: "refund",
          refund: {
            providerReference: REFUNDED.id,
            status: "failed",
            amount: REFUNDED.amount,
            providerStatus: "false",
          },
        },
      },
    ],
    proof: {
      kind: "signature",
      at,
      covers: ["type", "id", "original", "reference", "amount.value", "amount.currency", "success"].map(field),
      keys: { accepted: KEYS, old: "66782DEF547AAA06C910C43932B1EB0C", otherAccount: OTHER_KEY },
      sign,
    },
    places: {
      status: field("success"),
      kind: field("type"),
      amount: field("amount.value"),
      currency: field("amount.currency"),
      merchantReference: field("reference"),
      providerReference: field("id"),
    },
  },
  replies: {
    applied: DONE,
    duplicate: DONE,
    under_review: DONE,
    status_check_scheduled: DONE,
    unknown_payment: DONE,
    refused: { status: 401, body: "" },
    error: { status: 503, body: "" },
    isAcknowledgement: ({ body, status }) => status === 200 && body === "[accepted]",
  },
  refund: {
    amount({ body }) {
      const { currency, value } = JSON.parse(body).amount;
      return { text: String(value), currency };
    },
    callbackFor: ({ body }) => callback({ ...REFUNDED, amount: JSON.parse(body).amount }),
    done: [
      {
        answer: answer(201, {
          id: REFUNDED.id,
          payment: PAID.id,
          reference: "01h455vb4pex5vsknk084sn03r",
          amount: REFUNDED.amount,
        }),
        gives: { kind: "pending", providerReference: REFUNDED.id },
      },
    ],
    refused: [],
  },
});
