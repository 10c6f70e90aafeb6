// Source: GOSetti.pl, "PaySafeCard Api GOSetti.pl V1" (in Polish), https://gosetti.pl, read November 2026.
// Loose on what GOSetti.pl sends, strict on what users configure.

import type { Answer, CallbackRequest, OptionsSchema, ProviderReference } from "@pay/core/adapter";
import {
  gatewayAddress,
  isGatewayAddress,
  isIpAddress,
  isPayError,
  optionsSchema,
  parseInput,
  parseProviderReference,
  parseStrictJson,
  redirectAddress,
} from "@pay/core/adapter";
import * as v from "valibot";

const Options = v.strictObject({
  userId: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  finishedFalse: v.optional(v.picklist(["failed", "pending"]), "failed"),
  fallbackReturnUrl: v.optional(
    v.pipe(
      v.string(),
      v.check((url) => redirectAddress(url, url) !== undefined),
    ),
  ),
  expiresAfterSeconds: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(31_536_000)), 86_400),
  baseUrl: v.optional(v.pipe(v.string(), v.check(isGatewayAddress)), "https://gosetti.pl"),
});

const Checkout = v.object({
  amount: v.object({ currency: v.literal("PLN") }),
  buyer: v.object({ ip: v.pipe(v.string(), v.check(isIpAddress)) }),
  options: v.optional(v.strictObject({})),
});

/** The document shows a text; an integer names the payment as well. */
const Id = v.union([v.string(), v.number()]);
const Created = v.object({ PaySafeCardTransactionId: Id, RedirectUrl: v.string() });

const Callback = v.object({ PaySafeCardTransactionId: Id, Finished: v.unknown() });

/** What each field must be, for error texts, which name fields and never values. A field that is not listed is unknown. */
const MUST_BE: Readonly<Record<string, string>> = {
  userId: "a positive whole number",
  finishedFalse: '"failed" or "pending"',
  fallbackReturnUrl: "an https address without credentials (http only on this machine)",
  expiresAfterSeconds: "whole seconds, from 1 to 31536000",
  baseUrl: "an https address without credentials or query (http only on this machine)",
  "amount.currency": "PLN",
  "buyer.ip": "an IPv4 or IPv6 address, without port or zone",
};

/** The schema of the options in a configuration. */
export const options: OptionsSchema<unknown> = optionsSchema(Options, MUST_BE);

export interface Settings {
  readonly userId: number;
  readonly finishedFalse: "failed" | "pending";
  readonly fallbackReturnUrl?: string | undefined;
  readonly expiresAfterSeconds: number;
  readonly baseUrl: string;
}

/** @throws PayError `INVALID_CONFIG` */
export function readSettings(options: unknown): Settings {
  const settings = parseInput(Options, options, "INVALID_CONFIG", MUST_BE);
  return { ...settings, baseUrl: gatewayAddress(settings.baseUrl) };
}

/** @throws PayError `INVALID_REQUEST` */
export function readCheckout(request: unknown): { readonly ip: string } {
  return { ip: parseInput(Checkout, request, "INVALID_REQUEST", MUST_BE).buyer.ip };
}

/**
 * The answer to a create, or `undefined` if it is not as documented.
 *
 * @throws PayError `MALFORMED` if it is no JSON, or a field that is read is unreadable
 */
export function readCreated(
  answer: Answer,
  baseUrl: string,
): { providerReference: ProviderReference; url: string } | undefined {
  const { success, output } = v.safeParse(Created, parseStrictJson(answer.text));
  if (!success) return undefined;
  const providerReference = parseProviderReference(output.PaySafeCardTransactionId);
  const url = redirectAddress(output.RedirectUrl, baseUrl);
  return providerReference !== undefined && url !== undefined ? { providerReference, url } : undefined;
}

/** The body of a callback, or `undefined` if it is not as documented. */
export function readCallback(
  request: CallbackRequest,
): { providerReference: ProviderReference; finished: unknown } | undefined {
  try {
    const { success, output } = v.safeParse(Callback, request.json());
    const providerReference = success ? parseProviderReference(output.PaySafeCardTransactionId) : undefined;
    return success && providerReference !== undefined ? { providerReference, finished: output.Finished } : undefined;
  } catch (error) {
    if (isPayError(error) && error.code === "MALFORMED") return undefined;
    throw error;
  }
}
