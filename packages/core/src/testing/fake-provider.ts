import type {
  BuyerField,
  Call,
  CallbackOutcome,
  CallbackReply,
  CallbackRequest,
  Capabilities,
  CreateOutcome,
  CreateRequest,
  ParsedCallback,
  PaymentProvider,
  ProviderTraits,
} from "../contract/provider.ts";
import { PayError } from "../model/errors.ts";
import { type PaymentId, type ProviderReference, parseProviderReference } from "../model/ids.ts";

/** A provider in memory, with what it was asked and what it answers. */
export interface FakeProvider extends PaymentProvider<Readonly<Record<string, unknown>>, BuyerField> {
  /** Requests that `create` was given, in order. `creates[0].callbackUrl` is the address of the first payment's callbacks. */
  readonly creates: CreateRequest<unknown>[];
  /** Outcomes that `reply` was given, in order. */
  readonly outcomes: CallbackOutcome[];
  /** Answers a create. Replace it to reject, to fail or to wait. @default accepts, and names the payment `R-<payment id>` */
  onCreate: (request: CreateRequest<unknown>, call: Call) => CreateOutcome | Promise<CreateOutcome>;
  /** Reads a callback. @default as `fakeProvider` documents */
  onReceive: (request: CallbackRequest, call: Call) => ParsedCallback | Promise<ParsedCallback>;
  /** Answers a callback. @default 200 `OK`; 401 or 503 `NO` if it was refused or not stored */
  onReply: (outcome: CallbackOutcome) => CallbackReply | Promise<CallbackReply>;
}

export interface FakeProviderOptions {
  /** @default "fake" */
  readonly name?: string;
  /** Give each fake provider of one Pay its own. @default "fake:1" */
  readonly merchantAccount?: string;
  /** @default none */
  readonly requiredBuyerFields?: readonly BuyerField[];
  /** Laid over the traits of a gateway for PLN and EUR whose payments expire after an hour. */
  readonly traits?: Partial<Omit<ProviderTraits, "callback">>;
  /** Laid over the callback traits: POST, named by the provider's reference, with a signed amount. */
  readonly callback?: Partial<ProviderTraits["callback"]>;
  /** @default accepts every request */
  readonly validate?: FakeProvider["validate"];
  /** `retrieve`, `refund` and `cancel`, where the provider can do them. @default none */
  readonly can?: Partial<Capabilities>;
}

/** The fake gateway's payment page of a payment. */
export const pageOf = (request: { readonly paymentId: PaymentId }): string =>
  `https://gateway.example/${request.paymentId}`;

/** A text as the gateway's name for a payment. */
export const providerReference = (text: string): ProviderReference => {
  const made = parseProviderReference(text);
  if (made === undefined) throw new Error("The text cannot be a provider's reference.");
  return made;
};

/**
 * A gateway in memory, for the tests of a shop. It accepts every create. It believes every callback, a POST of JSON with
 * `status` (`"succeeded"`, `"failed"`, `"pending"` or `"reversed"`), `merchantReference` or `providerReference`, and, where
 * you like, `amount` in minor units of PLN and `eventId`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createPay, memoryStore } from "@pay/core";
 * import { fakeProvider, until } from "@pay/core/testing";
 *
 * const cards = fakeProvider();
 * const pay = createPay({
 *   providers: { cards },
 *   store: memoryStore(),
 *   baseUrl: "https://shop.example/pay",
 *   secret: "a secret of the tests, long enough to be one",
 * });
 * const delivered: string[] = [];
 * pay.on("payment.succeeded", "deliver", ({ payment }) => {
 *   delivered.push(payment.orderId);
 * });
 * await pay.start();
 * await pay.checkout({
 *   orderId: "order-1",
 *   providerName: "cards",
 *   amount: { value: 1999, currency: "PLN" },
 *   description: "VIP, 30 days",
 *   returnUrl: "https://shop.example/thanks",
 *   buyer: { ip: "203.0.113.7", email: "buyer@example.com", language: "en" },
 * });
 *
 * const { callbackUrl, merchantReference } = cards.creates[0]!;
 * const body = JSON.stringify({ status: "succeeded", merchantReference });
 * const { status } = await pay.fetch(new Request(callbackUrl, { method: "POST", body }));
 * assert.equal(status, 200);
 * await until(() => delivered.includes("order-1"));
 * await pay.close();
 * ```
 */
export function fakeProvider(options: FakeProviderOptions = {}): FakeProvider {
  const {
    name = "fake",
    merchantAccount = "fake:1",
    requiredBuyerFields = [],
    traits,
    callback,
    validate,
    can,
  } = options;
  const creates: CreateRequest<unknown>[] = [];
  const outcomes: CallbackOutcome[] = [];
  const provider: FakeProvider = {
    contract: 1,
    name,
    merchantAccount,
    requiredBuyerFields,
    traits: {
      currencies: ["PLN", "EUR"],
      failureIsFinal: false,
      returnUrl: "create",
      expiresAfterSeconds: 3600,
      ...traits,
      callback: {
        methods: ["POST"],
        correlation: "provider-reference",
        authentication: ["shared-secret"],
        amount: "signed",
        ...callback,
      },
    },
    ...(validate && { validate }),
    ...can,
    creates,
    outcomes,
    onCreate: (request) => ({
      kind: "accepted",
      providerReference: providerReference(`R-${request.paymentId}`),
      next: { kind: "redirect", url: pageOf(request) },
    }),
    onReceive: readNotification,
    onReply: (outcome) =>
      outcome.kind === "refused" || outcome.kind === "error"
        ? { status: outcome.kind === "refused" ? 401 : 503, body: "NO" }
        : { status: 200, body: "OK" },
    async create(request, call) {
      creates.push(request);
      return provider.onCreate(request, call);
    },
    receive: (request, call) => provider.onReceive(request, call),
    reply(outcome) {
      outcomes.push(outcome);
      return provider.onReply(outcome);
    },
  };
  return provider;
}

/** Reads the fake gateway's JSON. */
export function readNotification(request: CallbackRequest): ParsedCallback {
  const body = request.json() as Record<string, unknown>;
  const { merchantReference, status } = body;
  const { providerReference: id } = body;
  const known = typeof id === "string" || typeof id === "number" ? parseProviderReference(id) : undefined;
  if (typeof status !== "string") throw new PayError("MALFORMED", "The callback has no status.");
  const about =
    request.paymentId !== undefined
      ? { paymentId: request.paymentId }
      : typeof merchantReference === "string"
        ? { merchantReference }
        : known && { providerReference: known };
  if (about === undefined) return { kind: "refused", reason: "malformed", detail: "The callback names no payment." };
  return {
    kind: "notification",
    about,
    ...(known && { providerReference: known }),
    ...(typeof body.eventId === "string" && { eventId: body.eventId }),
    reported: {
      status: STATUS.find((one) => one === status) ?? "unrecognized",
      providerStatus: status,
      ...(typeof body.amount === "number" && { amount: { value: body.amount, currency: "PLN" } }),
    },
  };
}

const STATUS = ["succeeded", "failed", "pending", "reversed"] as const;
