// Source: Sellly, API documentation (in Polish), https://api.sellly.io, read November 2026.
// Loose on what Sellly sends, strict on what users configure.

import type { Answer, OptionsSchema, ProviderReference, StrictParams, ValidateRequest } from "@pay/core/adapter";
import {
  formatMoney,
  gatewayAddress,
  isGatewayAddress,
  isGivenText,
  isIpAddress,
  optionsSchema,
  PayError,
  parseInput,
  parseProviderReference,
  parseStrictJson,
  redirectAddress,
  storable,
} from "@pay/core/adapter";
import * as v from "valibot";
import type { SelllyCheckoutOptions, SelllyOperator } from "./options.ts";

/** A text that Sellly gave to the shop. */
const Given = v.pipe(v.string(), v.check(isGivenText), v.maxLength(200));
const Operator = v.picklist(["cashbill", "stripe"]);
const Converter = v.literal("PLN");

const Options = v.strictObject({
  shopId: Given,
  secretKey: v.union([Given, v.tupleWithRest([Given], Given)]),
  operator: Operator,
  currencyConverter: v.optional(Converter),
  expiresAfterSeconds: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(31_536_000)), 604_800),
  baseUrl: v.optional(v.pipe(v.string(), v.check(isGatewayAddress)), "https://api.sellly.io"),
});

const Checkout = v.object({
  amount: v.object({ currency: v.picklist(["PLN", "USD", "EUR"]) }),
  buyer: v.object({
    ip: v.pipe(v.string(), v.check(isIpAddress)),
    email: v.pipe(v.string(), v.maxLength(254), v.rfcEmail()),
    // Sellly's pages are in these two languages.
    language: v.pipe(
      v.string(),
      v.regex(/^[a-z]{2,3}$/),
      v.transform((language) => (language === "pl" ? "pl" : "en")),
    ),
  }),
  options: v.optional(
    v.strictObject({
      operator: v.optional(Operator),
      paymentMethod: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/))),
      currencyConverter: v.optional(Converter),
    }),
    {},
  ),
});

const Created = v.object({
  status: v.picklist([200, "200"]),
  id: v.union([v.string(), v.number()]),
  redirect_url: v.string(),
});

const Places = v.object({
  status: v.optional(v.unknown()),
  code: v.optional(v.unknown()),
  error: v.optional(v.unknown()),
});

/** Only at the start of a text: a page of HTML may say `font-weight: 600`, and is no refusal. */
const CODE = /^\s*(?:(?:error|code|kod|błąd)[: ]*)?(\d{3})(?![\p{L}\p{N}]|\.\p{N})/iu;

/** What each field must be, for error texts, which name fields and never values. A field that is not listed is unknown. */
const MUST_BE: Readonly<Record<string, string>> = {
  shopId: "the id Sellly gave",
  secretKey: "the key Sellly gave, or a list of such keys",
  operator: '"cashbill" or "stripe"',
  currencyConverter: '"PLN"',
  expiresAfterSeconds: "whole seconds, from 1 to 31536000",
  baseUrl: "an https address without credentials or query (http only on this machine)",
  "amount.currency": "PLN, USD or EUR",
  "buyer.ip": "an IPv4 or IPv6 address, without port or zone",
  "buyer.email": "an e-mail address of at most 254 characters",
  "buyer.language": 'a language code such as "pl"',
  "options.operator": '"cashbill" or "stripe"',
  "options.paymentMethod": "a short identifier of letters, digits, dots, dashes and underscores",
  "options.currencyConverter": '"PLN"',
};

/** The payment methods documented for stripe, by currency. Those of cashbill are an open list. */
const STRIPE_METHODS: Readonly<Record<"PLN" | "USD" | "EUR", readonly string[]>> = {
  PLN: ["card"],
  EUR: ["card", "ideal", "giropay", "eps", "bancontact"],
  USD: [],
};

/** The schema of the options in a configuration. */
export const options: OptionsSchema<unknown> = optionsSchema(Options, MUST_BE);

export interface Settings {
  readonly shopId: string;
  /** Requests carry the first, notifications may carry any. */
  readonly secretKeys: readonly [string, ...string[]];
  readonly operator: SelllyOperator;
  readonly currencyConverter?: "PLN" | undefined;
  readonly expiresAfterSeconds: number;
  readonly baseUrl: string;
}

/** @throws PayError `INVALID_CONFIG` */
export function readSettings(options: unknown): Settings {
  const { secretKey, ...settings } = parseInput(Options, options, "INVALID_CONFIG", MUST_BE);
  return {
    ...settings,
    secretKeys: Object.freeze(typeof secretKey === "string" ? [secretKey] : secretKey),
    baseUrl: gatewayAddress(settings.baseUrl),
  };
}

/**
 * The form of a create, in the order of the document.
 *
 * @throws PayError `INVALID_REQUEST`, `INVALID_AMOUNT`
 */
export function payForm(request: ValidateRequest<SelllyCheckoutOptions>, settings: Settings): URLSearchParams {
  const { amount, buyer, options } = parseInput(Checkout, request, "INVALID_REQUEST", MUST_BE);
  const operator = options.operator ?? settings.operator;
  if (operator === "stripe") checkStripeMethod(amount.currency, options.paymentMethod);
  const form = new URLSearchParams([
    ["shop_id", settings.shopId],
    ["secret_key", settings.secretKeys[0]],
    ["operator", operator],
    ["currency_code", amount.currency],
    ["price", formatMoney(request.amount)],
    ["language_code", buyer.language],
    ["buyer_email", buyer.email],
    ["ip", buyer.ip],
  ]);
  const converter = options.currencyConverter ?? defaultConverter(amount.currency, settings);
  if (converter !== undefined) form.append("currency_converter_code", converter);
  if (options.paymentMethod !== undefined) form.append("payment_method", options.paymentMethod);
  return form;
}

/** A provider's converter is for foreign currencies. PLN stays as it is unless the checkout names a converter. */
function defaultConverter(currency: string, settings: Settings): "PLN" | undefined {
  return currency === settings.currencyConverter ? undefined : settings.currencyConverter;
}

function checkStripeMethod(currency: "PLN" | "USD" | "EUR", method: string | undefined): void {
  const documented = STRIPE_METHODS[currency];
  if (method === undefined || documented.includes(method)) return;
  const remedy =
    documented.length === 0 ? "left out: none is documented" : `left out or one of ${documented.join(", ")}`;
  const field = "options.paymentMethod";
  throw new PayError("INVALID_REQUEST", `${field} for stripe in ${currency} must be ${remedy}.`, { field });
}

/** The answer to a create, or `undefined` if it is not as documented. */
export function readCreated(
  answer: Answer,
  baseUrl: string,
): { providerReference: ProviderReference; url: string } | undefined {
  const { success, output } = v.safeParse(Created, parseBody(answer.text));
  if (!success) return undefined;
  const providerReference = parseProviderReference(output.id);
  const url = redirectAddress(output.redirect_url, baseUrl);
  return providerReference !== undefined && url !== undefined ? { providerReference, url } : undefined;
}

/**
 * Possible error codes of an answer, since the document does not show where the code stands. None if the answer says 200 as
 * well: an answer that contradicts itself is no refusal.
 */
export function errorCodes(answer: Answer): readonly string[] {
  const body = parseBody(answer.text);
  const places = v.is(Places, body) ? [body.status, body.code, body.error] : [body];
  const codes = places.map(codeIn).filter((code) => code !== undefined);
  return codes.includes("200") ? [] : codes;
}

function codeIn(place: unknown): string | undefined {
  const text = typeof place === "number" ? String(place) : place;
  return typeof text === "string" ? CODE.exec(text)?.[1] : undefined;
}

export interface Notification {
  readonly providerReference: ProviderReference;
  readonly status: string;
  /** `status` as it may be stored. */
  readonly providerStatus: string;
  readonly details: Readonly<Record<string, string>>;
  readonly buyerEmail: string | undefined;
}

/**
 * Reads an authenticated notification; `undefined` without `id` or `status`. The other parameters are optional, because the
 * document lost the name of one, and a payment must not be refused for that, nor for a letter in another encoding.
 *
 * @throws PayError `MALFORMED` if `id` or `status` is repeated or unreadable
 */
export function readNotification(query: StrictParams): Notification | undefined {
  const id = query.get("id");
  const status = query.get("status");
  const buyerEmail = query.getIfReadable("email");
  const details: Record<string, string> = {};
  for (const name of ["operator", "operator_id", "payment_channel"]) {
    const value = query.getIfReadable(name);
    if (value) details[name] = storable(value);
  }
  const providerReference = id === undefined ? undefined : parseProviderReference(id);
  return providerReference !== undefined && status
    ? { providerReference, status, providerStatus: storable(status), details, buyerEmail }
    : undefined;
}

function parseBody(text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch {
    return text;
  }
}
