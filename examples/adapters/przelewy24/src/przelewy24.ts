// Source: Przelewy24, "Przelewy24 REST API Documentation" 1.0.16 (in English), https://developers.przelewy24.pl and its file
// /yaml/en_documentation_1.0.yaml, read 26 November 2026; how its gaps are read, and where, is in this package's README.

import type { AdapterPackage, Call, PaymentName, PaymentProvider, Rejection, Retrieved } from "@pay/core/adapter";
import {
  digest,
  equalsAny,
  gatewayAddress,
  isGivenText,
  optionsSchema,
  parseInput,
  parseProviderReference,
  parseStrictJson,
  send,
} from "@pay/core/adapter";
import * as v from "valibot";

export interface Przelewy24Options {
  readonly merchantId: number;
  /** @default merchantId */
  readonly posId?: number;
  /** The key of the API ("klucz do raportów"). */
  readonly apiKey: string;
  /** The key of signatures ("klucz CRC"). While it is changed, a list: the first signs, all are accepted in notifications. */
  readonly crc: string | readonly [current: string, ...others: string[]];
  /** Seconds until an open payment counts as expired; transfers may take days. A success after it counts. @default 604800 */
  readonly expiresAfterSeconds?: number;
  /** Its sandbox is `https://sandbox.przelewy24.pl`. @default "https://secure.przelewy24.pl" */
  readonly baseUrl?: string;
}

export interface Przelewy24CheckoutOptions {
  /** Id of a payment method. @default the buyer chooses */
  readonly method?: number;
}

type Action = readonly [method: "GET" | "POST" | "PUT", path: string];
type Provider = PaymentProvider<Przelewy24CheckoutOptions, "email", "retrieve" | "refund">;

/**
 * Payments through Przelewy24. Its notifications have to be acknowledged with a verification, without which the money stays
 * the buyer's: so each has Przelewy24 asked, and the verification is the question.
 *
 * @throws PayError `INVALID_CONFIG` naming the option
 */
export function przelewy24(options: Przelewy24Options): Provider {
  const { apiKey, baseUrl, crc, expiresAfterSeconds, ...ids } = parseInput(Options, options, "INVALID_CONFIG", MUST_BE);
  const { merchantId, posId = merchantId } = ids;
  const crcs = typeof crc === "string" ? [crc] : crc;
  const gateway = gatewayAddress(baseUrl);
  const authorization = `Basic ${Buffer.from(`${posId}:${apiKey}`).toString("base64")}`;
  const signed = <T extends object>(fields: T) => ({ ...fields, sign: signOf(fields, crcs[0]!) });

  function ask<T>(call: Call, [method, path]: Action, schema: v.GenericSchema<unknown, T>, body?: object) {
    return send(call, {
      method,
      url: `${gateway}/api/v1/transaction/${path}`,
      headers: { authorization, ...(body && { "content-type": "application/json" }) },
      body: JSON.stringify(body ?? ""),
      read: ({ text }) => v.parse(schema, parseStrictJson(text)),
      refusal: (answer) => (answer.status === 401 ? BAD_KEY : v.is(Refused, answer) ? REFUSAL : undefined),
    });
  }

  /** The acknowledgement. It is not taken for a transaction that differs, and perhaps for one that is verified already. */
  async function isVerified({ amount, merchantReference: sessionId }: PaymentName, orderId: number, call: Call) {
    const { currency, value } = amount;
    const body = { merchantId, posId, ...signed({ sessionId, orderId, amount: value, currency }) };
    const sent = await ask(call, ["PUT", "verify"], Verified, body);
    if (sent.kind === "not_sent" || sent.kind === "unknown") throw new Error(`The verification is ${sent.kind}.`);
    return sent.kind === "answered";
  }

  return {
    contract: 1,
    name: "przelewy24",
    merchantAccount: `przelewy24:${posId}`,
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
      retryDelaysSeconds: [180, 300, 900, 1800, 3600, 9000, 27_000],
    },
    requiredBuyerFields: ["email"],

    validate: (request) => void parseInput(Checkout, request, "INVALID_REQUEST", MUST_BE),

    async create({ callbackUrl, merchantReference: sessionId, returnUrl, ...request }, call) {
      const { amount, buyer, options } = parseInput(Checkout, request, "INVALID_REQUEST", MUST_BE);
      const { currency, value } = amount;
      const urls = { urlReturn: returnUrl.success, urlStatus: callbackUrl };
      const rest = { posId, description: request.description, ...buyer, country: "PL", ...options, ...urls };
      const body = { ...signed({ sessionId, merchantId, amount: value, currency }), ...rest, encoding: "UTF-8" };
      const sent = await ask(call, ["POST", "register"], Registered, body);
      if (sent.kind !== "answered") return sent;
      return { kind: "accepted", next: { kind: "redirect", url: `${gateway}/trnRequest/${sent.body.data.token}` } };
    },

    receive(request) {
      const { success, output } = v.safeParse(Notice, request.json());
      if (!success) return { kind: "refused", reason: "malformed", detail: "The body is not as documented." };
      const { sign, ...fields } = output;
      const signs = crcs.map((key) => signOf(fields, key));
      if (!equalsAny(sign, signs) || fields.merchantId !== merchantId) {
        return { kind: "refused", reason: "unauthenticated", detail: "sign or merchantId is wrong." };
      }
      const providerReference = parseProviderReference(fields.orderId)!;
      const payment = { about: { merchantReference: fields.sessionId }, providerReference };
      if (!("refundsUuid" in fields)) {
        return { kind: "check_status", ...payment, details: { methodId: String(fields.methodId) } };
      }
      const { amount: value, currency, refundsUuid, status } = fields;
      const report = { amount: { value, currency }, status: REFUNDS[status], providerStatus: String(status) };
      const names = refundsUuid === "" ? {} : { merchantReference: refundsUuid, providerReference: refundsUuid };
      return { kind: "refund", ...payment, refund: { ...report, ...names } };
    },

    reply({ kind }) {
      const [status, body] = kind === "refused" ? [400, "Refused."] : kind === "error" ? [503, "Again."] : [200, "OK"];
      return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
    },

    async retrieve(payment, call): Promise<Retrieved> {
      const { amount: expected, merchantReference, providerReference } = payment;
      const isTaken = providerReference !== undefined && (await isVerified(payment, Number(providerReference), call));
      if (isTaken) return { status: "succeeded", amount: expected, providerStatus: "verified" };
      const sent = await ask(call, ["GET", `by/sessionId/${merchantReference}`], found(merchantReference));
      // There is no transaction before the buyer pays.
      if (sent.kind === "rejected" && sent.providerCode === "404") return { status: "pending", providerStatus: "404" };
      if (sent.kind !== "answered") throw new Error(`The answer about a transaction is ${sent.kind}.`);
      const { amount: value, currency, orderId, status } = sent.body.data;
      const names = { providerReference: parseProviderReference(orderId)!, providerStatus: String(status) };
      const report = { amount: { value, currency }, ...names };
      if (status !== 1) return { ...report, status: STATUSES[status] ?? "unrecognized" };
      // Another amount is not acknowledged: it leaves a review, and a person decides.
      const isOther = value !== expected.value || currency !== expected.currency;
      const isDone = isOther || (providerReference === undefined && (await isVerified(payment, orderId, call)));
      return { ...report, status: isDone ? "succeeded" : "pending" };
    },

    async refund({ callbackUrl, merchantReference, providerReference, refundAmount, refundMerchantReference }, call) {
      if (providerReference === undefined) return { kind: "not_sent", cause: new Error("The payment has no orderId.") };
      const asked = { orderId: Number(providerReference), sessionId: merchantReference, amount: refundAmount.value };
      const names = { requestId: refundMerchantReference, refundsUuid: refundMerchantReference };
      const body = { ...names, refunds: [asked], urlStatus: callbackUrl };
      const sent = await ask(call, ["POST", "refund"], refunding(asked), body);
      return sent.kind === "answered" ? { kind: "pending" } : sent;
    },
  };
}

// Of transactions, but for 1: one that is paid, and not verified.
const STATUSES: Readonly<Record<number, Retrieved["status"]>> = { 0: "pending", 2: "succeeded", 3: "reversed" };
const REFUNDS = { 0: "succeeded", 1: "failed" } as const;

/** SHA-384 of JSON: the fields in the order of the document, then the key. */
function signOf(fields: object, crc: string): string {
  return digest("sha384", JSON.stringify({ ...fields, crc }));
}

const BAD_KEY: Rejection = { kind: "rejected", code: "configuration", retryable: false, providerCode: "401" };
const REFUSAL: Rejection = { kind: "rejected", code: "declined", retryable: false, providerCode: "409" };

const Whole = v.pipe(v.number(), v.safeInteger());
/** An id, documented as an integer. As a text it is the same id. */
const Id = v.union([Whole, v.pipe(v.string(), v.regex(/^[1-9]\d{0,15}$/), v.transform(Number), Whole)]);
const Text = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
/** A text that the gateway gave to the shop. */
const Given = v.pipe(v.string(), v.check(isGivenText), v.maxLength(200));
const Currency = v.pipe(v.string(), v.regex(/^[A-Z]{3}$/));
const Options = v.strictObject({
  merchantId: v.pipe(Whole, v.minValue(1)),
  posId: v.optional(v.pipe(Whole, v.minValue(1))),
  apiKey: Given,
  crc: v.union([Given, v.tupleWithRest([Given], Given)]),
  expiresAfterSeconds: v.optional(v.pipe(Whole, v.minValue(1), v.maxValue(31_536_000)), 604_800),
  baseUrl: v.optional(v.string(), "https://secure.przelewy24.pl"),
});
const Email = v.pipe(v.string(), v.maxLength(50), v.rfcEmail());
const LANGUAGES = "bg cs de en es fr hr hu it nl pl pt se sk ro".split(" ");
const Checkout = v.object({
  amount: v.object({ value: Whole, currency: v.picklist(["PLN", "EUR"]) }),
  // A buyer whose language Przelewy24 does not speak sees its pages in English.
  buyer: v.object({ email: Email, language: v.fallback(v.optional(v.picklist(LANGUAGES), "pl"), "en") }),
  options: v.optional(v.strictObject({ method: v.optional(Whole) })),
});
const MUST_BE: Readonly<Record<string, string>> = {
  merchantId: "the number of the merchant's account",
  posId: "the number of the shop",
  apiKey: "the key of the API",
  crc: "the CRC key, or a list of such keys",
  expiresAfterSeconds: "whole seconds, from 1 to 31536000",
  baseUrl: "a text",
  "amount.currency": "PLN or EUR",
  "buyer.email": "an e-mail address of at most 50 characters",
  "options.method": "the number of a payment method",
};
/** For configurations: `{ "use": "pay-przelewy24", … }`. */
const schema = optionsSchema(Options, MUST_BE);
export const adapter: AdapterPackage<Przelewy24Options> = { contract: 1, options: schema, create: przelewy24 };

const Registered = v.object({ data: v.object({ token: v.pipe(v.string(), v.regex(/^[\w-]{1,200}$/)) }) });
const Verified = v.object({ data: v.object({ status: v.literal("success") }) });
const TRANSACTION = { orderId: Id, status: Whole, amount: Whole, currency: Currency };
/** The transaction of this session, and no other. */
const found = (sessionId: string) => v.object({ data: v.object({ ...TRANSACTION, sessionId: v.literal(sessionId) }) });
const Refused = v.object({ status: v.literal(409), text: v.pipe(v.string(), v.regex(/"status":\s*false/)) });
/** The refund that was asked for, and no other. */
const refunding = ({ orderId, ...rest }: { orderId: number; sessionId: string; amount: number }) => {
  const [id, sessionId, amount] = [v.pipe(Id, v.literal(orderId)), v.literal(rest.sessionId), v.literal(rest.amount)];
  return v.object({ data: v.tuple([v.object({ orderId: id, sessionId, amount, status: v.literal(true) })]) });
};
/** Notifications of payments and of refunds, their fields in the order in which they are signed. */
const Notice = v.union([
  v.object({
    ...{ merchantId: Id, posId: Id, sessionId: Text, amount: Whole, originAmount: Whole },
    ...{ currency: Currency, orderId: Id, methodId: Id, statement: v.string(), sign: v.string() },
  }),
  v.object({
    ...{ orderId: Id, sessionId: Text, refundsUuid: v.string(), merchantId: Id, amount: Whole },
    ...{ currency: Currency, status: v.picklist([0, 1]), sign: v.string() },
  }),
]);
