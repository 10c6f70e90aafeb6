// Source: none. Beacon is an invented gateway that signs nothing. Each payment has its own callback address, and the reply to the
// callback sends the buyer on. Every request needs an access token.

import type {
  Answer,
  Call,
  CallbackOutcome,
  CallbackReply,
  PaymentProvider,
  ProviderReference,
  SendOutcome,
} from "@pay/core/adapter";
import { gatewayAddress, parseProviderReference, send } from "@pay/core/adapter";
import * as v from "valibot";

export interface BeaconOptions {
  readonly shop: string;
  readonly password: string;
  readonly baseUrl: string;
}

const Token = v.object({ token: v.string() });
const Order = v.object({ order: v.string() });
/** Accepts the JSON booleans only. */
const Callback = v.object({ order: v.string(), paid: v.boolean() });

export function beacon({ baseUrl: address, password, shop }: BeaconOptions): PaymentProvider<unknown, never> {
  const baseUrl = gatewayAddress(address);

  return {
    contract: 1,
    name: "beacon",
    merchantAccount: `beacon:${shop}`,
    traits: {
      currencies: ["PLN"],
      callback: {
        methods: ["POST"],
        correlation: "callback-url",
        authentication: ["callback-url"],
        amount: "absent",
      },
      failureIsFinal: false,
      returnUrl: "reply",
      expiresAfterSeconds: 900,
    },
    requiredBuyerFields: [],

    async create({ amount, callbackUrl, description }, call) {
      const token = await login(call, baseUrl, { shop, password });
      // Without a token the gateway did not get the order.
      if (token.kind === "unknown") return { kind: "not_sent", cause: token.cause };
      if (token.kind !== "answered") return token;
      const sent = await send(call, {
        method: "POST",
        url: `${baseUrl}/orders`,
        headers: { authorization: `Bearer ${token.body}`, "content-type": "application/json" },
        body: JSON.stringify({ amount: amount.value, description, callback: callbackUrl }),
        read: readOrder,
      });
      if (sent.kind !== "answered") return sent;
      const url = `${baseUrl}/pay/${encodeURIComponent(sent.body)}`;
      return { kind: "accepted", providerReference: sent.body, next: { kind: "redirect", url } };
    },

    receive(request) {
      if (request.paymentId === undefined) {
        return { kind: "refused", reason: "unauthenticated", detail: "It did not come to a payment's own address." };
      }
      const { output, success } = v.safeParse(Callback, request.json());
      const providerReference = success ? parseProviderReference(output.order) : undefined;
      if (!success || providerReference === undefined) {
        return { kind: "refused", reason: "malformed", detail: "The body is not the documented JSON." };
      }
      const reported = { status: output.paid ? "succeeded" : "failed", providerStatus: String(output.paid) } as const;
      return { kind: "notification", about: { paymentId: request.paymentId }, providerReference, reported };
    },

    reply: replyTo,
  };
}

function login(call: Call, baseUrl: string, body: object): Promise<SendOutcome<string>> {
  return send(call, {
    method: "POST",
    url: `${baseUrl}/token`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    read: ({ text }) => v.parse(Token, JSON.parse(text)).token,
  });
}

const readOrder = ({ text }: Answer): ProviderReference | undefined =>
  parseProviderReference(v.parse(Order, JSON.parse(text)).order);

function replyTo(outcome: CallbackOutcome): CallbackReply {
  switch (outcome.kind) {
    case "applied":
    case "duplicate":
    case "under_review":
    case "status_check_scheduled":
    case "unknown_payment":
      return { status: 200, body: JSON.stringify({ goto: outcome.returnUrl }) };
    case "refused":
      return { status: 400, body: "{}" };
    case "error":
      return { status: 503, body: "{}" };
    default:
      return outcome satisfies never;
  }
}
