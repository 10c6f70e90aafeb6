// Source: none. Rumor is an invented gateway whose callbacks prove nothing, so each leads to a status check. Buyers confirm with a
// code in their bank's app, so they are not sent to a page.

import type { ParsedCallback, PaymentProvider } from "@pay/core/adapter";
import { formatMoney, gatewayAddress, money, send, storable } from "@pay/core/adapter";
import * as v from "valibot";

export interface RumorOptions {
  readonly shop: string;
  readonly apiKey: string;
  readonly baseUrl: string;
}

const Taken = v.object({ result: v.literal("taken") });
const Answer = v.object({ state: v.string(), amount: v.string() });

export function rumor({ apiKey, baseUrl: address, shop }: RumorOptions): PaymentProvider<unknown, "ip", "retrieve"> {
  const baseUrl = gatewayAddress(address);
  const headers = { "x-api-key": apiKey, "content-type": "application/json" };

  return {
    contract: 1,
    name: "rumor",
    merchantAccount: `rumor:${shop}`,
    traits: {
      currencies: ["PLN"],
      callback: {
        methods: ["GET", "POST"],
        correlation: "merchant-reference",
        authentication: ["verify-by-retrieve"],
        amount: "absent",
      },
      failureIsFinal: false,
      returnUrl: "preset",
      expiresAfterSeconds: 600,
    },
    requiredBuyerFields: ["ip"],

    async create({ amount, buyer, merchantReference }, call) {
      const sent = await send(call, {
        method: "POST",
        url: `${baseUrl}/codes`,
        headers,
        body: JSON.stringify({ order: merchantReference, amount: formatMoney(amount), ip: buyer.ip }),
        read: ({ text }) => v.parse(Taken, JSON.parse(text)),
      });
      return sent.kind === "answered" ? { kind: "accepted", next: { kind: "wait" } } : sent;
    },

    receive({ form, method, query }): ParsedCallback {
      const merchantReference = (method === "POST" ? form() : query).get("order") ?? "";
      if (merchantReference === "") return { kind: "refused", reason: "malformed", detail: "order is missing." };
      return { kind: "check_status", about: { merchantReference } };
    },

    reply(outcome) {
      if (outcome.kind === "refused") return { status: 400, body: "" };
      return outcome.kind === "error" ? { status: 503, body: "" } : { status: 204, body: "" };
    },

    async retrieve({ amount: { currency }, merchantReference }, call) {
      const sent = await send(call, {
        method: "GET",
        url: `${baseUrl}/orders/${merchantReference}`,
        headers,
        read: ({ text }) => v.parse(Answer, JSON.parse(text)),
      });
      if (sent.kind !== "answered") throw new Error("Rumor did not say.");
      const { amount, state } = sent.body;
      const status = state === "PAID" ? "succeeded" : state === "GONE" ? "failed" : "unrecognized";
      return { status, providerStatus: storable(state), amount: money(amount, currency) };
    },
  };
}
