// Source: none. Acme is an invented gateway with every feature that a gateway can have: signed notifications with amounts, a
// status query, refunds, cancellations. This is a good adapter for it; the mutations of this folder break it one line at a time.

import { createHmac } from "node:crypto";
import type {
  Answer,
  CallbackOutcome,
  CallbackReply,
  CreateOutcome,
  CreateRequest,
  Money,
  ParsedCallback,
  PaymentProvider,
  Rejection,
  StatusReport,
} from "@pay/core/adapter";
import {
  formatMoney,
  gatewayAddress,
  money,
  PayError,
  parseProviderReference,
  redirectAddress,
  secretsEqual,
  send,
  storable,
} from "@pay/core/adapter";
import * as v from "valibot";

export interface AcmeOptions {
  readonly shop: string;
  readonly apiKey: string;
  /** Keys of notifications: the current one and those that are being phased in. */
  readonly keys: readonly [string, ...string[]];
  readonly baseUrl: string;
}

const Created = v.object({ id: v.string(), url: v.string(), expires: v.pipe(v.string(), v.isoTimestamp()) });
const Status = v.object({ status: v.string(), amount: v.string(), currency: v.string() });
const Refunded = v.object({ id: v.string(), status: v.picklist(["done", "queued"]) });
const Canceled = v.object({ status: v.literal("canceled"), reference: v.string() });
const Refused = v.object({ error: v.string() });

const Payment = v.object({
  ...Status.entries,
  event: v.string(),
  type: v.literal("payment"),
  id: v.string(),
  reference: v.string(),
  channel: v.fallback(v.optional(v.string()), undefined),
  email: v.fallback(v.optional(v.string()), undefined),
});
const Changed = v.object({ type: v.literal("changed"), id: v.string(), reference: v.string() });
const Refund = v.object({
  ...Status.entries,
  event: v.string(),
  type: v.literal("refund"),
  id: v.string(),
  reference: v.string(),
  refund: v.string(),
  refund_reference: v.optional(v.string()),
});
const Notification = v.variant("type", [Payment, Changed, Refund]);

/** These decide nothing, so an unreadable one is left out. */
const SHOWN_ONLY = ["channel", "email"];

const STATUSES: ReadonlyMap<string, "succeeded" | "failed" | "pending" | "reversed"> = new Map([
  ["paid", "succeeded"],
  ["declined", "failed"],
  ["waiting", "pending"],
  ["charged_back", "reversed"],
]);
const REFUND_STATUSES: ReadonlyMap<string, "succeeded" | "pending" | "failed"> = new Map([
  ["done", "succeeded"],
  ["queued", "pending"],
  ["refused", "failed"],
]);
const REJECTIONS: ReadonlyMap<string, Omit<Rejection, "kind" | "providerCode">> = new Map([
  ["amount_too_small", { code: "invalid_request", retryable: false, field: "amount" }],
  ["bad_key", { code: "configuration", retryable: false }],
  ["maintenance", { code: "unavailable", retryable: true }],
  ["already_refunded", { code: "declined", retryable: false }],
  ["already_paid", { code: "declined", retryable: false }],
]);

export function acme(options: AcmeOptions): PaymentProvider<unknown, "email", "retrieve" | "refund" | "cancel"> {
  const baseUrl = gatewayAddress(options.baseUrl);
  const headers = { authorization: `Bearer ${options.apiKey}`, "content-type": "application/json" };

  return {
    contract: 1,
    name: "acme",
    merchantAccount: `acme:${options.shop}`,
    traits: {
      currencies: ["PLN", "JPY", "KWD"],
      callback: {
        methods: ["POST"],
        correlation: "merchant-reference",
        authentication: ["signature"],
        amount: "signed",
      },
      failureIsFinal: true,
      returnUrl: "create",
      expiresAfterSeconds: 3600,
      retryDelaysSeconds: [60, 300, 3600],
    },
    requiredBuyerFields: ["email"],

    validate({ amount, buyer }) {
      if (!["PLN", "JPY", "KWD"].includes(amount.currency)) throw invalid("amount.currency", "PLN, JPY or KWD");
      if (!/^[^@\s\p{Cc}]+@[^@\s\p{Cc}]+$/u.test(buyer.email ?? "")) throw invalid("buyer.email", "an e-mail address");
      formatMoney(amount);
    },

    async create(request, call) {
      const created = await send(call, {
        method: "POST",
        url: `${baseUrl}/payments`,
        headers,
        body: createBody(options.shop, request),
        read: (answer) => readCreated(answer, baseUrl),
        refusal,
      });
      return created.kind === "answered" ? { kind: "accepted", ...created.body } : created;
    },

    receive(request) {
      const signature = request.headers.get("acme-signature") ?? "";
      const expected = options.keys.map((key) => createHmac("sha256", key).update(request.rawBody).digest("hex"));
      const isAuthentic = expected.map((one) => secretsEqual(one, signature)).includes(true);
      if (!isAuthentic) return { kind: "refused", reason: "unauthenticated", detail: "The signature is wrong." };
      return interpret(request.json(SHOWN_ONLY));
    },

    reply: replyTo,

    async retrieve({ merchantReference }, call) {
      const seen = await send(call, {
        method: "GET",
        url: `${baseUrl}/payments/${merchantReference}/status`,
        headers,
        read: (answer) => parsed(Status, answer),
      });
      if (seen.kind !== "answered") throw new Error("Acme did not say.");
      return reportOf(seen.body);
    },

    async refund(request, call) {
      const refunded = await send(call, {
        method: "POST",
        url: `${baseUrl}/payments/${request.merchantReference}/refunds`,
        headers,
        body: JSON.stringify({
          reference: request.refundMerchantReference,
          amount: formatMoney(request.refundAmount),
        }),
        read: (answer) => parsed(Refunded, answer),
        refusal,
      });
      if (refunded.kind !== "answered") return refunded;
      return { kind: refunded.body.status === "done" ? "succeeded" : "pending", providerReference: refunded.body.id };
    },

    async cancel({ merchantReference }, call) {
      const canceled = await send(call, {
        method: "DELETE",
        url: `${baseUrl}/payments/${merchantReference}`,
        headers,
        read: (answer) => (parsed(Canceled, answer).reference === merchantReference ? true : undefined),
        refusal,
      });
      return canceled.kind === "answered" ? { kind: "canceled" } : canceled;
    },
  };
}

function createBody(
  shop: string,
  { amount, buyer, callbackUrl, merchantReference, returnUrl }: CreateRequest<unknown>,
): string {
  return JSON.stringify({
    shop,
    reference: merchantReference,
    amount: formatMoney(amount),
    currency: amount.currency,
    email: buyer.email,
    notify: callbackUrl,
    success: returnUrl.success,
    failure: returnUrl.failure,
  });
}

type Accepted = Omit<Extract<CreateOutcome, { kind: "accepted" }>, "kind">;

function readCreated(answer: Answer, baseUrl: string): Accepted | undefined {
  const { expires, id, url: address } = parsed(Created, answer);
  const providerReference = parseProviderReference(id);
  const url = redirectAddress(address, baseUrl);
  if (providerReference === undefined || url === undefined) return undefined;
  return { providerReference, next: { kind: "redirect", url }, expiresAt: Date.parse(expires) };
}

/** The fields of an authenticated notification. */
function interpret(json: unknown): ParsedCallback {
  const read = v.safeParse(Notification, json);
  const providerReference = read.success ? parseProviderReference(read.output.id) : undefined;
  if (!read.success || providerReference === undefined || read.output.reference === "") return UNREADABLE;
  const told = read.output;
  const about = { merchantReference: told.reference };
  if (told.type === "changed") return { kind: "check_status", about, providerReference };
  const amount = moneyOf(told);
  if (amount === undefined) return UNREADABLE;
  if (told.type === "refund") return refundOf(told, { about, providerReference, amount });
  return {
    kind: "notification",
    about,
    providerReference,
    reported: reportOf(told),
    eventId: told.event,
    ...(told.channel !== undefined && { details: { channel: storable(told.channel) } }),
    ...(told.email !== undefined && { buyerEmail: told.email }),
  };
}

const UNREADABLE: ParsedCallback = {
  kind: "refused",
  reason: "malformed",
  detail: "It is no documented notification.",
};

type About = Pick<Extract<ParsedCallback, { kind: "refund" }>, "about" | "providerReference"> & {
  readonly amount: Money;
};

function refundOf(told: v.InferOutput<typeof Refund>, { about, amount, providerReference }: About): ParsedCallback {
  const status = REFUND_STATUSES.get(told.status);
  if (status === undefined) return UNREADABLE;
  const { event: eventId, refund, refund_reference: merchantReference } = told;
  const named = { providerReference: refund, ...(merchantReference !== undefined && { merchantReference }) };
  return {
    kind: "refund",
    about,
    ...(providerReference !== undefined && { providerReference }),
    refund: { ...named, status, amount, providerStatus: storable(told.status) },
    eventId,
  };
}

function reportOf(told: v.InferOutput<typeof Status>): StatusReport {
  const amount = moneyOf(told);
  const status = amount === undefined ? "unrecognized" : (STATUSES.get(told.status) ?? "unrecognized");
  // A person sees the amount that cannot be read.
  const words = amount === undefined ? `${told.status} ${told.amount} ${told.currency}` : told.status;
  return { status, providerStatus: storable(words), ...(amount !== undefined && { amount }) };
}

function moneyOf({ amount, currency }: { readonly amount: string; readonly currency: string }): Money | undefined {
  try {
    return money(amount, currency);
  } catch {
    return undefined;
  }
}

function replyTo(outcome: CallbackOutcome): CallbackReply {
  switch (outcome.kind) {
    case "unknown_payment":
    case "applied":
    case "duplicate":
    case "under_review":
    case "status_check_scheduled":
      return { status: 200, body: "received" };
    case "refused":
      return { status: 403, body: "refused" };
    case "error":
      return { status: 503, body: "again" };
    default:
      return outcome satisfies never;
  }
}

function parsed<const T extends v.GenericSchema>(schema: T, { text }: Answer): v.InferOutput<T> {
  return v.parse(schema, JSON.parse(text));
}

function refusal(answer: Answer): Rejection | undefined {
  const { error: providerCode } = parsed(Refused, answer);
  const known = REJECTIONS.get(providerCode);
  return known && { kind: "rejected", providerCode, ...known };
}

function invalid(field: string, mustBe: string): PayError {
  return new PayError("INVALID_REQUEST", `${field} must be ${mustBe}.`, { field });
}
