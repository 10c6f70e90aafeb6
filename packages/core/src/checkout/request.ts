import * as v from "valibot";
import { ipAddress, isIpAddress, isSafeAddress } from "../adapter-kit/addresses.ts";
import { fieldName, parseInput } from "../adapter-kit/parse-input.ts";
import type { Buyer } from "../contract/provider.ts";
import type { AnyProvider } from "../contract/providers.ts";
import { isPayError, PayError } from "../model/errors.ts";
import { checkMoney, type Money } from "../model/money.ts";

/** A request as `checkout` receives it, unchecked, since plain JavaScript can pass anything. */
export interface LooseRequest {
  readonly orderId: string;
  readonly amount: Money;
  readonly providerName?: string | readonly string[];
  readonly description: string;
  readonly returnUrl: string | { readonly success: string; readonly failure: string };
  readonly buyer: Buyer;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly idempotencyKey?: string;
  readonly allowRepeat?: boolean;
}

export interface CheckedRequest {
  readonly orderId: string;
  readonly amount: Money;
  readonly description: string;
  readonly returnUrl: { readonly success: string; readonly failure: string };
  readonly buyer: Buyer;
  readonly options: Readonly<Record<string, unknown>>;
  readonly idempotencyKey?: string | undefined;
  readonly allowRepeat?: true;
  /** In the order in which they are tried. */
  readonly chosen: readonly { readonly providerName: string; readonly provider: AnyProvider }[];
}

export const LINE_TEXT: string = "a text of 1 to 200 characters without control characters";
const ADDRESS_TEXT = "an https address without credentials (http only on this machine)";

/** What each field must be, for the error texts. */
const MUST_BE: Readonly<Record<string, string>> = {
  orderId: LINE_TEXT,
  description: LINE_TEXT,
  idempotencyKey: LINE_TEXT,
  amount: 'made with money("19.99", "PLN")',
  providerName: "the name of a configured provider, or a list of such names",
  returnUrl: `${ADDRESS_TEXT}, or one for success and one for failure`,
  "returnUrl.success": ADDRESS_TEXT,
  "returnUrl.failure": ADDRESS_TEXT,
  buyer: 'an object with the fields that the providers need, e.g. { ip: "203.0.113.7" }, or {} if they need none',
  "buyer.ip": "an IPv4 or IPv6 address without port or zone",
  "buyer.email": "an e-mail address of at most 254 characters",
  "buyer.language": 'a language code such as "pl" or "pl-PL", of at most 1,000 characters',
  options: "an object of plain JSON, by provider name",
  allowRepeat: "true or false",
};

export const Line: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.regex(/^\P{Cc}{1,200}$/u),
  v.check((text) => text.isWellFormed()),
);
const Address = v.pipe(v.string(), v.maxLength(2000), v.check(isSafeAddress));
const Addresses = v.strictObject({ success: Address, failure: Address });
// One @, text on both sides, a dot in the domain: the least that every gateway requires. Adapters check more.
const EMAIL = /^[^\s@<>"\p{Cc}]{1,64}@[^\s@<>"\p{Cc}]{1,180}\.[^\s@<>".\p{Cc}]{2,63}$/u;

/** The code for an undetermined language in BCP 47. */
const UNDETERMINED = "und";

/**
 * What gateways know of a language is its first part, however browsers and shop systems write the rest: `pl-PL`, `PL`, `pl_PL.UTF-8`,
 * `sr@latin`. An empty text, `C` and `*` name no language; adapters choose one for it, since no buyer is lost for a language.
 */
function languageCode(language: string): string {
  return /^\s*([A-Za-z]{2,3})(?![A-Za-z0-9])/.exec(language)?.[1]?.toLowerCase() ?? UNDETERMINED;
}

const Request = v.strictObject({
  orderId: Line,
  // checkMoney() checks it.
  amount: v.optional(v.unknown()),
  providerName: v.optional(v.union([v.string(), v.array(v.string())])),
  description: Line,
  returnUrl: v.lazy((input) => (typeof input === "string" ? Address : Addresses)),
  buyer: v.strictObject({
    // A gateway compares with the address it sees itself.
    ip: v.optional(v.pipe(v.string(), v.check(isIpAddress), v.transform(ipAddress))),
    email: v.optional(v.pipe(v.string(), v.maxLength(254), v.regex(EMAIL))),
    language: v.optional(v.pipe(v.string(), v.maxLength(1000), v.transform(languageCode))),
  }),
  // Not `v.record`, which drops the options of a provider named `constructor`.
  options: v.optional(v.custom<Readonly<Record<string, unknown>>>(isPlainJson)),
  idempotencyKey: v.optional(Line),
  allowRepeat: v.optional(v.boolean()),
});

/**
 * Checks a request for every chosen provider, before anything is stored or sent.
 *
 * @throws PayError `INVALID_REQUEST` or `INVALID_AMOUNT`, naming the field
 */
export function checkRequest(
  request: LooseRequest,
  providers: ReadonlyMap<string, AnyProvider>,
  fallback: string | undefined,
): CheckedRequest {
  const {
    providerName: given,
    returnUrl,
    buyer,
    options = {},
    allowRepeat,
    ...rest
  } = parseInput(Request, request, "INVALID_REQUEST", MUST_BE, "request");
  const chosen = choose(given ?? fallback, providers);
  const checked: CheckedRequest = {
    ...rest,
    amount: positive(request.amount),
    returnUrl: typeof returnUrl === "string" ? { success: returnUrl, failure: returnUrl } : returnUrl,
    buyer: withoutUndefined(buyer),
    options: ofChosen(options, chosen),
    chosen,
    ...(allowRepeat && { allowRepeat }),
  };
  for (const { providerName, provider } of chosen) checkForProvider(checked, providerName, provider);
  return checked;
}

/** Gateways accept no payments of zero. */
function positive(value: Money): Money {
  checkMoney(value);
  const { value: amount, currency } = value;
  if (amount === 0) throw new PayError("INVALID_AMOUNT", "amount must be more than zero.", { field: "amount" });
  return { value: amount, currency };
}

function choose(choice: string | readonly string[] | undefined, providers: ReadonlyMap<string, AnyProvider>) {
  const names = typeof choice === "string" ? [choice] : (choice ?? []);
  if (names.length === 0) {
    throw invalid("providerName", "is missing, and there is no default: name one of the configured providers");
  }
  if (new Set(names).size !== names.length) throw invalid("providerName", "must name each provider once");
  return names.map((providerName) => {
    const provider = providers.get(providerName);
    if (provider === undefined) {
      throw invalid(
        "providerName",
        `must be one of the providers for new payments: ${[...providers.keys()].join(", ")}`,
      );
    }
    return { providerName, provider };
  });
}

function checkForProvider(request: CheckedRequest, providerName: string, provider: AnyProvider): void {
  const { currency } = request.amount;
  if (!provider.traits.currencies.includes(currency)) {
    throw new PayError(
      "INVALID_REQUEST",
      `amount.currency must be one that ${providerName} accepts: ${provider.traits.currencies.join(", ")}.`,
      { field: "amount.currency", providerName },
    );
  }
  for (const field of provider.requiredBuyerFields as readonly (keyof Buyer)[]) {
    if (request.buyer[field] === undefined)
      throw invalid(`buyer.${field}`, `is missing: ${providerName} requires it`, providerName);
  }
  const { amount, buyer, description, options } = request;
  try {
    provider.validate?.({ amount, description, buyer, options: optionsOf(options, providerName) });
  } catch (error) {
    // The adapter does not know its configured name, and the request may be for several providers.
    if (!isPayError(error)) throw error;
    throw new PayError(error.code, `${providerName}: ${error.message}`, {
      field: error.field,
      providerName,
    });
  }
}

function ofChosen(
  options: Readonly<Record<string, unknown>>,
  chosen: CheckedRequest["chosen"],
): CheckedRequest["options"] {
  const stranger = Object.keys(options).find((name) => !chosen.some(({ providerName }) => providerName === name));
  if (stranger !== undefined)
    throw invalid(`options.${fieldName(stranger)}`, "must be left out: its provider is not chosen");
  return options;
}

/** A shop passes its buyer's fields on, and some may be `undefined`. */
function withoutUndefined(buyer: { [K in keyof Buyer]?: Buyer[K] | undefined }): Buyer {
  return Object.fromEntries(Object.entries(buyer).filter(([, value]) => value !== undefined));
}

/** The options of one provider. A provider may have a name that every object inherits. */
export function optionsOf(options: CheckedRequest["options"], providerName: string): unknown {
  return Object.hasOwn(options, providerName) ? options[providerName] : undefined;
}

/** Options are digested as JSON, which supports neither circular references nor big integers. */
function isPlainJson(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

function invalid(field: string, remedy: string, providerName?: string): PayError {
  return new PayError("INVALID_REQUEST", `${field} ${remedy}.`, { field, providerName });
}
