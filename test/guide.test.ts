import { createHmac } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, it } from "@jest/globals";
import type { StatusReport } from "@pay/core/adapter";
import { type ProviderFixtures, providerContract } from "@pay/testkit";

// A folder of test/, where the workspace's packages resolve and Node strips types, unlike in node_modules.
const FOLDER = join(import.meta.dirname, ".guide");
const SOURCE = join(FOLDER, "nicepay.ts");
const guide = readFileSync(join(import.meta.dirname, "../docs/writing-an-adapter.md"), "utf8");

// The guide's adapter, joined from its parts. The suite reads it before any test runs.
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER);
writeFileSync(SOURCE, [...guide.matchAll(/```ts nicepay\n([\s\S]*?)```/g)].map(([, code]) => code).join("\n"));
const { nicepay } = await import(SOURCE);
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const KEYS = ["current-key", "key-of-tomorrow"] as const;
const amount = { value: 1999, currency: "PLN" };
const notice = (status: string) => ({ id: "N-1", order: "order-7", status, amount: "19.99", currency: "PLN" });
const answer = (status: number, body: object) => ({ status, body: JSON.stringify(body) });
const sign = (body: Buffer | string, key: string) => createHmac("sha256", key).update(body).digest("hex");
const field = (name: string) => ({ in: "json", name }) as const;
const OK = { status: 200, body: "OK" };

function callback(said: object) {
  const body = JSON.stringify(said);
  return { method: "POST", headers: { "x-signature": sign(body, KEYS[0]) }, body };
}

function recorded(providerStatus: string, status: StatusReport["status"]) {
  return {
    callback: callback(notice(providerStatus)),
    gives: {
      kind: "notification",
      about: { merchantReference: "order-7" },
      providerReference: "N-1",
      reported: { status, providerStatus, amount },
    },
  } as const;
}

const fixtures: ProviderFixtures<never> = {
  sources: [SOURCE],
  secrets: [],
  credentials: { "x-signature": ({ body, target }) => sign(body || (target.split("/").at(-1) ?? ""), KEYS[0]) },
  productionUrl: "https://api.nicepay.example",
  amounts: { "0.01 PLN": "0.01", "10.00 PLN": "10.00" },
  create: {
    requests: [
      { amount, description: "VIP", buyer: { email: "buyer+of@nicepay.example" }, options: undefined },
      { amount: { ...amount, currency: "EUR" }, description: "VIP", buyer: {}, options: undefined },
    ],
    amount({ body }) {
      const { amount: text, currency } = JSON.parse(body);
      return { text, currency };
    },
    returnFields: { success: "back" },
    accepted: [
      {
        answer: answer(201, { id: "N-1", page: "https://pay.nicepay.example/N-1" }),
        gives: {
          kind: "accepted",
          providerReference: "N-1",
          next: { kind: "redirect", url: "https://pay.nicepay.example/N-1" },
        },
      },
    ],
    refused: [
      {
        answer: answer(422, { code: "E7" }),
        gives: { kind: "rejected", code: "configuration", retryable: false, providerCode: "E7" },
      },
      {
        answer: answer(422, { code: "E8" }),
        gives: { kind: "rejected", code: "declined", retryable: false, providerCode: "E8" },
      },
    ],
  },
  callbacks: {
    addressFields: ["notify"],
    callbackFor({ body }) {
      const { amount, currency, notify: to, order } = JSON.parse(body);
      return { ...callback({ ...notice("PAID"), amount, currency, order }), to };
    },
    recorded: [recorded("PAID", "succeeded"), recorded("DECLINED", "failed"), recorded("OPEN", "pending")],
    proof: {
      kind: "signature",
      at: { in: "header", name: "x-signature" },
      covers: "body",
      keys: { accepted: KEYS, old: "key-of-yesterday", otherAccount: "key-of-shop-2" },
      sign: ({ body }, key) => sign(body, key),
    },
    places: {
      status: field("status"),
      amount: field("amount"),
      currency: field("currency"),
      merchantReference: field("order"),
      providerReference: field("id"),
    },
  },
  replies: {
    applied: OK,
    duplicate: OK,
    under_review: OK,
    status_check_scheduled: OK,
    unknown_payment: OK,
    refused: { status: 400, body: "Refused." },
    error: { status: 503, body: "Not stored, send it again." },
    isAcknowledgement: ({ status }) => status === 200,
  },
  retrieve: {
    answers: [
      { answer: answer(200, notice("PAID")), gives: { status: "succeeded", providerStatus: "PAID", amount } },
      { answer: answer(200, notice("DECLINED")), gives: { status: "failed", providerStatus: "DECLINED", amount } },
      { answer: answer(200, notice("OPEN")), gives: { status: "pending", providerStatus: "OPEN", amount } },
    ],
    withStatus: (word) => answer(200, notice(word)),
  },
  refund: {
    amount({ body }) {
      const { amount: text, currency } = JSON.parse(body);
      return { text, currency };
    },
    done: [{ answer: answer(202, { id: "R-1" }), gives: { kind: "pending", providerReference: "R-1" } }],
    refused: [],
  },
};

describe("the guide's adapter", () => {
  providerContract({
    test: it,
    provider: (baseUrl) => nicepay({ shopId: "SHOP1", key: KEYS, baseUrl }),
    otherAccount: (baseUrl) => nicepay({ shopId: "SHOP2", key: "key-of-shop-2", baseUrl }),
    fixtures,
  });
});
