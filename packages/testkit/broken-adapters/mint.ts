// Source: none. Mint is an invented gateway that is sure of who it talks with: basic authentication, a key for each request that must not
// be done twice, answers that say what they are about, and amounts as whole numbers of JSON under a signature of the body.

import { createHmac } from "node:crypto";
import type { Answer, CreateRequest, ParsedCallback, PaymentProvider, Retrieved } from "@pay/core/adapter";
import {
  gatewayAddress,
  parseProviderReference,
  redirectAddress,
  secretsEqual,
  send,
  storable,
} from "@pay/core/adapter";
import * as v from "valibot";

export interface MintOptions {
  readonly shop: string;
  readonly password: string;
  /** Keys of notifications: the current one and those that are being phased in. */
  readonly keys: readonly [string, ...string[]];
  /** @default "https://api.mint.example" */
  readonly baseUrl?: string;
}

const Minor = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Order = v.object({
  order: v.string(),
  reference: v.string(),
  amount: Minor,
  currency: v.pipe(v.string(), v.length(3)),
});
const Created = v.object({ ...Order.entries, result: v.literal("OK"), url: v.string() });
const Status = v.object({ ...Order.entries, status: v.string() });
const Refunded = v.object({
  order: v.string(),
  refund: v.string(),
  reference: v.string(),
  amount: Minor,
  status: v.literal("STARTED"),
});

const STATUSES: ReadonlyMap<string, "succeeded" | "failed" | "pending"> = new Map([
  ["COMPLETED", "succeeded"],
  ["CANCELED", "failed"],
  ["PENDING", "pending"],
]);

export function mint(options: MintOptions): PaymentProvider<unknown, never, "retrieve" | "refund"> {
  const orders = `${gatewayAddress(options.baseUrl ?? "https://api.mint.example")}/orders`;
  const authorization = `Basic ${Buffer.from(`${options.shop}:${options.password}`).toString("base64")}`;
  const headersOf = (key: string) => ({ authorization, "content-type": "application/json", "idempotency-key": key });

  return {
    contract: 1,
    name: "mint",
    merchantAccount: `mint:${options.shop}`,
    traits: {
      currencies: ["PLN", "JPY"],
      callback: {
        methods: ["POST"],
        correlation: "provider-reference",
        authentication: ["signature"],
        amount: "signed",
      },
      failureIsFinal: false,
      returnUrl: "create",
      expiresAfterSeconds: 86_400,
    },
    requiredBuyerFields: [],

    async create(request, call) {
      const sent = await send(call, {
        method: "POST",
        url: orders,
        headers: headersOf(request.merchantReference),
        body: createBody(request),
        read: (answer) => readCreated(answer, request, orders),
      });
      return sent.kind === "answered" ? { kind: "accepted", ...sent.body } : sent;
    },

    receive(request) {
      const signature = request.headers.get("x-mint-signature") ?? "";
      const expected = options.keys.map((key) => createHmac("sha256", key).update(request.rawBody).digest("base64"));
      const isAuthentic = expected.map((one) => secretsEqual(one, signature)).includes(true);
      if (!isAuthentic) return { kind: "refused", reason: "unauthenticated", detail: "The signature is wrong." };
      return interpret(request.json());
    },

    reply({ kind }) {
      if (kind === "refused") return { status: 400, body: "" };
      return kind === "error" ? { status: 503, body: "" } : { status: 200, body: "" };
    },

    async retrieve({ providerReference }, call) {
      if (providerReference === undefined) throw new Error("Mint has not named the payment yet.");
      const sent = await send(call, {
        method: "GET",
        url: `${orders}/${encodeURIComponent(providerReference)}`,
        headers: { authorization },
        read: (answer) => parsed(Status, answer),
      });
      if (sent.kind !== "answered") throw new Error("Mint did not say.");
      if (sent.body.order !== providerReference) throw new Error("Mint spoke of another payment.");
      return reportOf(sent.body);
    },

    async refund({ providerReference, refundAmount, refundMerchantReference: reference }, call) {
      if (providerReference === undefined)
        return { kind: "not_sent", cause: new Error("Mint has not named the payment.") };
      const sent = await send(call, {
        method: "POST",
        url: `${orders}/${encodeURIComponent(providerReference)}/refunds`,
        headers: headersOf(reference),
        body: JSON.stringify({ reference, amount: refundAmount.value }),
        read(answer) {
          const refunded = parsed(Refunded, answer);
          const isOurs = refunded.order === providerReference && refunded.reference === reference;
          return isOurs && refunded.amount === refundAmount.value ? refunded : undefined;
        },
      });
      return sent.kind === "answered" ? { kind: "pending", providerReference: sent.body.refund } : sent;
    },
  };
}

function createBody({
  amount,
  callbackUrl,
  description,
  merchantReference,
  returnUrl,
}: CreateRequest<unknown>): string {
  const { currency, value } = amount;
  const urls = { paid: returnUrl.success, unpaid: returnUrl.failure };
  return JSON.stringify({
    reference: merchantReference,
    amount: value,
    currency,
    description,
    notify: callbackUrl,
    urls,
  });
}

function readCreated(answer: Answer, { amount, merchantReference }: CreateRequest<unknown>, gateway: string) {
  const created = parsed(Created, answer);
  const providerReference = parseProviderReference(created.order);
  const url = redirectAddress(created.url, gateway);
  const isOurs = created.reference === merchantReference && created.amount === amount.value;
  if (!isOurs || created.currency !== amount.currency || providerReference === undefined || url === undefined)
    return undefined;
  return { providerReference, next: { kind: "redirect", url } } as const;
}

/** The fields of an authenticated notification. */
function interpret(json: unknown): ParsedCallback {
  const { output, success } = v.safeParse(Status, json);
  const providerReference = success ? parseProviderReference(output.order) : undefined;
  if (!success || providerReference === undefined) {
    return { kind: "refused", reason: "malformed", detail: "It is no documented notification." };
  }
  return { kind: "notification", about: { providerReference }, providerReference, reported: reportOf(output) };
}

function reportOf({ amount: value, currency, status }: v.InferOutput<typeof Status>): Retrieved {
  const known = STATUSES.get(status) ?? "unrecognized";
  return { status: known, providerStatus: storable(status), amount: { value, currency } };
}

function parsed<const T extends v.GenericSchema>(schema: T, { text }: Answer): v.InferOutput<T> {
  return v.parse(schema, JSON.parse(text));
}
