// Source: none. The gateway below is made up, so that the generated package passes its tests.
// Replace: this, with the document's name, its address and the day you read it; then every part marked "Replace" below.

import type {
  AdapterPackage,
  Answer,
  CreateRequest,
  ParsedCallback,
  PaymentProvider,
  Rejection,
  StatusReport,
} from "@pay/core/adapter";
import {
  equalsAny,
  formatMoney,
  gatewayAddress,
  hmac,
  isGatewayAddress,
  isGivenText,
  optionsSchema,
  parseInput,
  parseMoney,
  parseProviderReference,
  parseStrictJson,
  redirectAddress,
  send,
  storable,
} from "@pay/core/adapter";
import * as v from "valibot";

// Replace: the options of a shop, here and in the schema. Each secret also belongs into the fixtures' `secrets` or `keys`.
export interface TemplateGatewayOptions {
  /** The shop's id at the gateway. */
  readonly shopId: string;
  /** The key that requests carry. */
  readonly apiKey: string;
  /** The key that signs notifications, or a list during a rotation: all of them are accepted. */
  readonly notificationKey: string | readonly [current: string, ...others: string[]];
  /** Seconds until a silent payment expires. A later success still counts. @default 86400 */
  readonly expiresAfterSeconds?: number;
  /** @default "https://api.template-gateway.example" */
  readonly baseUrl?: string;
}

/** A text that the gateway gave to the shop. */
const Given = v.pipe(v.string(), v.check(isGivenText), v.maxLength(200));
const Options = v.strictObject({
  shopId: Given,
  apiKey: Given,
  notificationKey: v.union([Given, v.tupleWithRest([Given], Given)]),
  expiresAfterSeconds: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(31_536_000)), 86_400),
  baseUrl: v.optional(v.pipe(v.string(), v.check(isGatewayAddress)), "https://api.template-gateway.example"),
});
/** The texts of errors. They show no values. */
const MUST_BE: Readonly<Record<string, string>> = {
  shopId: "the shop's id",
  apiKey: "the key of requests",
  notificationKey: "the key of notifications, or a list of such keys",
  expiresAfterSeconds: "whole seconds, from 1 to 31536000",
  baseUrl: "an https address without credentials or query (http only on this machine)",
};

// Replace: the gateway's messages. Be strict about the fields that you need and ignore the others, because gateways add fields.
/** A text or an integer: gateways change from one to the other. */
const Id = v.union([v.string(), v.number()]);
const Created = v.object({ id: Id, page: v.string() });
const Refused = v.object({ error: v.string() });
const Notice = v.object({
  id: Id,
  reference: v.pipe(v.string(), v.minLength(1)),
  status: v.string(),
  amount: v.string(),
  currency: v.string(),
});

/** @throws PayError `INVALID_CONFIG` naming the option */
export function templateGateway(options: TemplateGatewayOptions): PaymentProvider<never, never> {
  const settings = parseInput(Options, options, "INVALID_CONFIG", MUST_BE);
  const { apiKey, expiresAfterSeconds, notificationKey, shopId } = settings;
  const keys = typeof notificationKey === "string" ? [notificationKey] : notificationKey;
  const gateway = gatewayAddress(settings.baseUrl);

  return {
    contract: 1,
    name: "template-gateway",
    merchantAccount: `template-gateway:${shopId}`,
    // Replace: the document's promises. The guide says what Pay does with each, and the contract test checks them.
    traits: {
      currencies: ["PLN", "EUR"],
      callback: {
        methods: ["POST"],
        correlation: "merchant-reference",
        authentication: ["signature"],
        amount: "signed",
      },
      failureIsFinal: false,
      returnUrl: "create",
      expiresAfterSeconds,
    },
    // Replace: the buyer's fields that the gateway requires, e.g. "email". A `validate` refuses what only this gateway restricts.
    requiredBuyerFields: [],

    async create(request, call) {
      const sent = await send(call, {
        method: "POST",
        url: `${gateway}/payments`,
        headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
        body: createBody(shopId, request),
        read: (answer) => readCreated(answer, gateway),
        refusal,
      });
      if (sent.kind !== "answered") return sent;
      const { providerReference, url } = sent.body;
      return { kind: "accepted", providerReference, next: { kind: "redirect", url } };
    },

    receive(request) {
      // Replace: the header and the signed text. Check it first, so that a sender without a key learns nothing else.
      const signatures = keys.map((key) => hmac("sha256", key, request.rawBody));
      if (!equalsAny(request.headers.get("x-signature"), signatures)) {
        return { kind: "refused", reason: "unauthenticated", detail: "x-signature is missing or wrong." };
      }
      return interpret(request.json());
    },

    // Replace: the exact text that the gateway accepts as an acknowledgement. Refusals and errors must never look like one.
    reply({ kind }) {
      const headers = { "content-type": "text/plain; charset=utf-8" };
      if (kind === "refused") return { status: 400, headers, body: "Refused." };
      if (kind === "error") return { status: 503, headers, body: "Not stored, send it again." };
      return { status: 200, headers, body: "OK" };
    },

    // If the gateway has them, add `retrieve`, `refund` and `cancel`, and name them in the third type argument of PaymentProvider.
  };
}

/** For configurations: `{ "use": "template-package", … }`. */
export const adapter: AdapterPackage<TemplateGatewayOptions> = {
  contract: 1,
  options: optionsSchema(Options, MUST_BE),
  create: templateGateway,
};

// Replace: the request. The callback address is for the gateway alone, and the buyer must not see it.
function createBody(shop: string, request: CreateRequest<never>): string {
  const { amount, callbackUrl, description, merchantReference, returnUrl } = request;
  return JSON.stringify({
    shop,
    reference: merchantReference,
    amount: formatMoney(amount),
    currency: amount.currency,
    description,
    notify: callbackUrl,
    success: returnUrl.success,
    failure: returnUrl.failure,
  });
}

/** Returns `undefined` or throws if the answer is not as documented. The payment is then `unknown`. */
function readCreated({ text }: Answer, gateway: string) {
  const { id, page } = v.parse(Created, parseStrictJson(text));
  const providerReference = parseProviderReference(id);
  const url = redirectAddress(page, gateway);
  return providerReference !== undefined && url !== undefined ? { providerReference, url } : undefined;
}

/** Replace: answers by which the gateway certainly began no payment. Leave out those that the document does not list. */
const REFUSALS: ReadonlyMap<string, Omit<Rejection, "kind" | "providerCode">> = new Map([
  ["amount_too_small", { code: "invalid_request", retryable: false, field: "amount" }],
  ["wrong_key", { code: "configuration", retryable: false }],
  ["maintenance", { code: "unavailable", retryable: true }],
]);

function refusal({ text }: Answer): Rejection | undefined {
  const { error: providerCode } = v.parse(Refused, parseStrictJson(text));
  const known = REFUSALS.get(providerCode);
  return known && { kind: "rejected", providerCode, ...known };
}

/** Replace: the document's statuses. One that is not listed is `unrecognized` and becomes a review for a person. */
const STATUSES: ReadonlyMap<string, StatusReport["status"]> = new Map([
  ["PAID", "succeeded"],
  ["DECLINED", "failed"],
  ["OPEN", "pending"],
]);

/** Reads an authenticated notification. */
function interpret(json: unknown): ParsedCallback {
  const { output, success } = v.safeParse(Notice, json);
  const providerReference = success ? parseProviderReference(output.id) : undefined;
  if (!success || providerReference === undefined) {
    return { kind: "refused", reason: "malformed", detail: "The body is not as documented." };
  }
  const about = { merchantReference: output.reference };
  return { kind: "notification", about, providerReference, reported: reportOf(output) };
}

/** Reports a genuine notification with an unreadable amount as unrecognized, so that a person sees it; refused, it would be lost. */
function reportOf({ amount, currency, status }: v.InferOutput<typeof Notice>): StatusReport {
  const stated = parseMoney(amount, currency);
  if (stated === undefined) {
    return { status: "unrecognized", providerStatus: storable(`${status} ${amount} ${currency}`) };
  }
  return { status: STATUSES.get(status) ?? "unrecognized", amount: stated, providerStatus: storable(status) };
}
