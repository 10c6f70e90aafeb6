import { isIpAddress, isSafeAddress } from "../adapter/addresses.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { Buyer } from "../contract/provider.ts";
import { PayError } from "../model/errors.ts";
import { checkMoney, type Money } from "../model/money.ts";

/** A request as `checkout` gets it, before anything of it is believed: plain JavaScript can pass anything. */
export interface LooseRequest {
  readonly orderId: string;
  readonly amount: Money;
  readonly provider?: string | readonly string[];
  readonly description: string;
  readonly returnUrl: string | { readonly success: string; readonly failure: string };
  readonly buyer: Buyer;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly idempotencyKey?: string;
}

export interface CheckedRequest {
  readonly orderId: string;
  readonly amount: Money;
  readonly description: string;
  readonly returnUrl: { readonly success: string; readonly failure: string };
  readonly buyer: Buyer;
  readonly options: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | undefined;
  /** In the order they are tried. */
  readonly chosen: readonly { readonly instance: string; readonly provider: AnyProvider }[];
}

const KNOWN = new Set([
  "orderId",
  "amount",
  "provider",
  "description",
  "returnUrl",
  "buyer",
  "options",
  "idempotencyKey",
]);
const BUYER_FIELDS = new Set(["ip", "email", "language"]);
const LINE = /^\P{Cc}{1,200}$/u;
// One @, something on both sides, a dot in the domain: what every gateway asks for at least. Gateways refine it.
const EMAIL = /^[^\s@<>"\p{Cc}]{1,64}@[^\s@<>"\p{Cc}]{1,180}\.[^\s@<>".\p{Cc}]{2,63}$/u;
const LANGUAGE = /^[a-z]{2,3}$/;

/**
 * Checks a request whole, for every provider it may go to, before anything is stored or sent.
 *
 * @throws PayError `INVALID_REQUEST` or `INVALID_AMOUNT`, naming the field
 */
export function checkRequest(
  request: LooseRequest,
  providers: ReadonlyMap<string, AnyProvider>,
  fallback: string | undefined,
): CheckedRequest {
  if (typeof request !== "object" || request === null) throw invalid("request", "must be an object");
  refuseUnknown(request, KNOWN, "");
  line(request.orderId, "orderId");
  line(request.description, "description");
  if (request.idempotencyKey !== undefined) line(request.idempotencyKey, "idempotencyKey");
  checkMoney(request.amount);
  if (request.amount.amount === 0) {
    throw new PayError("INVALID_AMOUNT", "The amount must be more than zero.", { field: "amount" });
  }
  const chosen = choose(request.provider ?? fallback, providers);
  const checked: CheckedRequest = {
    orderId: request.orderId,
    amount: { amount: request.amount.amount, currency: request.amount.currency },
    description: request.description,
    returnUrl: returnAddresses(request.returnUrl),
    buyer: checkBuyer(request.buyer),
    options: checkOptions(request.options, chosen),
    idempotencyKey: request.idempotencyKey,
    chosen,
  };
  for (const { instance, provider } of chosen) checkForProvider(checked, instance, provider);
  return checked;
}

function choose(choice: string | readonly string[] | undefined, providers: ReadonlyMap<string, AnyProvider>) {
  const names = typeof choice === "string" ? [choice] : choice;
  if (!Array.isArray(names) || names.length === 0) {
    throw invalid("provider", "is missing and there is no default; name one of the configured providers");
  }
  if (new Set(names).size !== names.length) throw invalid("provider", "names a provider twice");
  return [...names].map((instance: string) => {
    const provider = providers.get(instance);
    if (provider === undefined) {
      throw invalid("provider", `must be one of the configured providers: ${[...providers.keys()].join(", ")}`);
    }
    return { instance, provider };
  });
}

function checkForProvider(request: CheckedRequest, instance: string, provider: AnyProvider): void {
  const { currency } = request.amount;
  if (!provider.traits.currencies.includes(currency)) {
    throw new PayError(
      "INVALID_REQUEST",
      `${instance} takes ${provider.traits.currencies.join(", ")}, not ${currency}.`,
      { field: "amount.currency", provider: instance },
    );
  }
  for (const field of provider.needs as readonly (keyof Buyer)[]) {
    if (request.buyer[field] === undefined) throw invalid(`buyer.${field}`, `is needed by ${instance}`);
  }
  provider.check?.({
    amount: request.amount,
    description: request.description,
    buyer: request.buyer,
    options: request.options[instance],
  });
}

function checkBuyer(buyer: Buyer): Buyer {
  if (typeof buyer !== "object" || buyer === null) throw invalid("buyer", "must be an object, which may be empty");
  refuseUnknown(buyer, BUYER_FIELDS, "buyer.");
  const { ip, email, language } = buyer;
  if (ip !== undefined && (typeof ip !== "string" || !isIpAddress(ip))) {
    throw invalid("buyer.ip", "must be an IPv4 or IPv6 address without port or zone");
  }
  if (email !== undefined && (typeof email !== "string" || email.length > 254 || !EMAIL.test(email))) {
    throw invalid("buyer.email", "must be an e-mail address");
  }
  if (language !== undefined && (typeof language !== "string" || !LANGUAGE.test(language))) {
    throw invalid("buyer.language", 'must be a language code such as "pl"');
  }
  return { ...buyer };
}

function checkOptions(options: unknown, chosen: CheckedRequest["chosen"]): Readonly<Record<string, unknown>> {
  if (options === undefined) return {};
  if (typeof options !== "object" || options === null) throw invalid("options", "must be an object by provider name");
  refuseUnknown(options, new Set(chosen.map(({ instance }) => instance)), "options.");
  try {
    JSON.stringify(options);
  } catch {
    throw invalid("options", "must be plain JSON");
  }
  return { ...options };
}

function returnAddresses(given: LooseRequest["returnUrl"]): { success: string; failure: string } {
  if (typeof given === "string") return { success: address(given, "returnUrl"), failure: given };
  if (typeof given !== "object" || given === null)
    throw invalid("returnUrl", "must be an address, or success and failure");
  refuseUnknown(given, new Set(["success", "failure"]), "returnUrl.");
  return {
    success: address(given.success, "returnUrl.success"),
    failure: address(given.failure, "returnUrl.failure"),
  };
}

function address(text: string, field: string): string {
  if (typeof text !== "string" || text.length > 2000 || !isSafeAddress(text)) {
    throw invalid(field, "must be an https address without credentials (http only on this machine)");
  }
  return text;
}

function line(text: unknown, field: string): void {
  if (typeof text !== "string" || !LINE.test(text) || !text.isWellFormed()) {
    throw invalid(field, "must be a text of 1 to 200 characters without control characters");
  }
}

function refuseUnknown(value: object, known: ReadonlySet<string>, path: string): void {
  for (const key of Object.keys(value)) {
    if (!known.has(key)) throw invalid(`${path}${key.slice(0, 50)}`, "is not known here; remove it");
  }
}

function invalid(field: string, remedy: string): PayError {
  return new PayError("INVALID_REQUEST", `${field} ${remedy}.`, { field });
}
