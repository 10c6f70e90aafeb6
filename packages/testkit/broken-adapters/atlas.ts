// Source: none. Atlas is an invented gateway with what large ones have: access tokens that expire, a create that is answered with 302,
// amounts as objects, and notifications whose header holds a time beside the signature of joined fields, made with a hexadecimal key.

import { createHmac } from "node:crypto";
import type { Call, ParsedCallback, PaymentProvider, SendOutcome } from "@pay/core/adapter";
import {
  equalsAny,
  gatewayAddress,
  joinFields,
  parseProviderReference,
  redirectAddress,
  send,
  storable,
} from "@pay/core/adapter";
import * as v from "valibot";

export interface AtlasOptions {
  readonly shop: string;
  readonly secret: string;
  /** Hexadecimal keys of notifications: the current one and those that are being phased in. */
  readonly keys: readonly [string, ...string[]];
  readonly baseUrl: string;
}

const Minor = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Amount = v.object({ value: Minor, currency: v.picklist(["EUR", "JPY"]) });
const Token = v.object({ access_token: v.string(), expires_in: v.number() });
const Created = v.object({
  id: v.string(),
  reference: v.string(),
  amount: Amount,
  state: v.literal("OPEN"),
  url: v.string(),
});
const Refunded = v.object({ id: v.string(), payment: v.string(), reference: v.string(), amount: Amount });
const Text = v.pipe(v.string(), v.minLength(1));
const Notice = v.object({
  type: Text,
  id: Text,
  /** The payment's id, if this is about a refund. */
  original: v.optional(v.string(), ""),
  reference: Text,
  amount: v.object({ value: Minor, currency: Text }),
  success: Text,
});

export function atlas(options: AtlasOptions): PaymentProvider<unknown, never, "refund"> {
  const baseUrl = gatewayAddress(options.baseUrl);
  const kept: { token?: { readonly text: string; readonly until: number } | undefined } = {};

  async function authorize(call: Call): Promise<SendOutcome<string>> {
    if (kept.token !== undefined && call.now() < kept.token.until) return { kind: "answered", body: kept.token.text };
    const got = await send(call, {
      method: "POST",
      url: `${baseUrl}/token`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ client_id: options.shop, client_secret: options.secret }).toString(),
      read: ({ text }) => v.parse(Token, JSON.parse(text)),
    });
    if (got.kind !== "answered") return { kind: "not_sent", cause: new Error("Atlas gave no access token.") };
    kept.token = { text: got.body.access_token, until: call.now() + got.body.expires_in * 1000 };
    return { kind: "answered", body: kept.token.text };
  }

  async function post<T>(call: Call, path: string, body: object, read: (json: unknown) => T | undefined) {
    const authorized = await authorize(call);
    if (authorized.kind !== "answered") return authorized;
    return send(call, {
      method: "POST",
      url: `${baseUrl}${path}`,
      headers: { authorization: `Bearer ${authorized.body}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      read: ({ text }) => read(JSON.parse(text)),
      refusal({ status }) {
        if (status === 401) kept.token = undefined;
        return undefined;
      },
      ...(path === "/payments" && { alsoReads: [302] }),
    });
  }

  return {
    contract: 1,
    name: "atlas",
    merchantAccount: `atlas:${options.shop}`,
    traits: {
      currencies: ["EUR", "JPY"],
      callback: {
        methods: ["POST"],
        correlation: "merchant-reference",
        authentication: ["signature"],
        amount: "signed",
      },
      failureIsFinal: false,
      returnUrl: "create",
      expiresAfterSeconds: 86_400,
    },
    requiredBuyerFields: [],

    async create({ amount, callbackUrl, description, merchantReference: reference, returnUrl }, call) {
      const { currency, value } = amount;
      const said = { shop: options.shop, reference, amount: { value, currency }, description };
      const body = { ...said, notify: callbackUrl, back: returnUrl.success };
      const sent = await post(call, "/payments", body, (json) => {
        const created = v.parse(Created, json);
        const providerReference = parseProviderReference(created.id);
        const url = redirectAddress(created.url, baseUrl);
        const isOurs = created.reference === reference && created.amount.value === value;
        if (!isOurs || created.amount.currency !== currency || providerReference === undefined) return undefined;
        return url === undefined ? undefined : { providerReference, next: { kind: "redirect", url } as const };
      });
      return sent.kind === "answered" ? { kind: "accepted", ...sent.body } : sent;
    },

    receive(request): ParsedCallback {
      const { output, success } = v.safeParse(Notice, request.json());
      if (!success) return { kind: "refused", reason: "malformed", detail: "It is no documented notification." };
      const [, time = "", signature = ""] =
        /^t=(\d+),v1=([^,]+)$/.exec(request.headers.get("atlas-signature") ?? "") ?? [];
      const { amount, id, original, reference, type } = output;
      const fields = [time, type, id, original, reference, String(amount.value), amount.currency, output.success];
      const signed = joinFields(fields, { separator: ":", refuseSeparator: true });
      const expected = options.keys.map((key) =>
        createHmac("sha256", Buffer.from(key, "hex")).update(signed).digest("base64"),
      );
      if (!equalsAny(signature, expected)) {
        return { kind: "refused", reason: "unauthenticated", detail: "The signature is wrong." };
      }
      return interpret(output);
    },

    reply({ kind }) {
      if (kind === "refused") return { status: 401, body: "" };
      return kind === "error" ? { status: 503, body: "" } : { status: 200, body: "[accepted]" };
    },

    async refund({ providerReference, refundAmount, refundMerchantReference: reference }, call) {
      if (providerReference === undefined)
        return { kind: "not_sent", cause: new Error("Atlas has not named the payment.") };
      const { currency, value } = refundAmount;
      const path = `/payments/${encodeURIComponent(providerReference)}/refunds`;
      const sent = await post(call, path, { reference, amount: { value, currency } }, (json) => {
        const { amount, id, payment, reference: named } = v.parse(Refunded, json);
        const isOurs = payment === providerReference && named === reference;
        return isOurs && amount.value === value && amount.currency === currency ? id : undefined;
      });
      return sent.kind === "answered" ? { kind: "pending", providerReference: sent.body } : sent;
    },
  };
}

const RESULTS: ReadonlyMap<string, "succeeded" | "failed"> = new Map([
  ["true", "succeeded"],
  ["false", "failed"],
]);

function interpret({ amount, id, original, reference, success, type }: v.InferOutput<typeof Notice>): ParsedCallback {
  const about = { merchantReference: reference };
  const providerReference = parseProviderReference(original || id);
  const result = RESULTS.get(success);
  if (providerReference === undefined) return { kind: "refused", reason: "malformed", detail: "An id is unreadable." };
  const named = { about, providerReference };
  if (type === "REFUND" && result !== undefined) {
    return {
      ...named,
      kind: "refund",
      refund: { providerReference: id, status: result, amount, providerStatus: success },
    };
  }
  const status = type === "PAYMENT" && result !== undefined ? result : "unrecognized";
  return {
    ...named,
    kind: "notification",
    reported: { status, amount, providerStatus: storable(`${type} ${success}`) },
  };
}
