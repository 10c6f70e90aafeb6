// Sources, read 26 November 2026; what each says, and how the gaps between them are read, is in this package's README:
// HotPay, "Przelewy" (in Polish), https://dokumentacja.hotpay.pl, of which only the beginning could be read; public clients
// written after it, named in the README.

import type { AdapterPackage, PaymentProvider, Rejection, StatusReport } from "@pay/core/adapter";
import {
  digest,
  equalsAny,
  formatMoney,
  gatewayAddress,
  isGivenText,
  joinFields,
  optionsSchema,
  parseInput,
  parseMoney,
  parseProviderReference,
  storable,
} from "@pay/core/adapter";
import * as v from "valibot";

export interface HotPayOptions {
  /** The service's secret ("SEKRET"). It is a field of the buyer's form, so it is no secret. */
  readonly secret: string;
  /** The password of notifications ("HASŁO"). While it is changed, a list: the first signs, all are accepted. */
  readonly password: string | readonly [current: string, ...others: string[]];
  /**
   * Seconds until an open payment counts as expired. The sources state none. A success after it still counts.
   *
   * @default 86400
   */
  readonly expiresAfterSeconds?: number;
  /** Where the buyer's browser posts the form to. @default "https://platnosc.hotpay.pl" */
  readonly baseUrl?: string;
}

/**
 * Payments through HotPay: the buyer's browser posts a form there, and a signed notification reports the result.
 *
 * @throws PayError `INVALID_CONFIG` naming the option
 */
export function hotPay(options: HotPayOptions): PaymentProvider<Readonly<Record<string, never>>, never> {
  const settings = parseInput(Options, options, "INVALID_CONFIG", MUST_BE);
  const { expiresAfterSeconds, password, secret } = settings;
  const passwords = typeof password === "string" ? [password] : password;
  const url = `${gatewayAddress(settings.baseUrl)}/`;
  const sign = (key: string, fields: readonly string[]) =>
    digest("sha256", joinFields([key, ...fields, secret], { separator: ";" }));

  return {
    contract: 1,
    name: "hotpay",
    merchantAccount: `hotpay:${digest("sha256", secret).slice(0, 16)}`,
    traits: {
      currencies: ["PLN"],
      callback: {
        methods: ["POST"],
        correlation: "merchant-reference",
        authentication: ["signature"],
        amount: "signed",
      },
      failureIsFinal: false,
      returnUrl: "create",
      expiresAfterSeconds,
      privateFields: ["SEKRET", "HASH", "SECURE", "EMAIL"],
    },
    requiredBuyerFields: [],

    validate(request) {
      parseInput(Checkout, request, "INVALID_REQUEST", MUST_BE);
    },

    // The buyer's browser brings the payment to HotPay, so there is nothing to send.
    async create({ merchantReference, returnUrl, ...request }) {
      const { amount, buyer, description } = parseInput(Checkout, request, "INVALID_REQUEST", MUST_BE);
      if (returnUrl.success.includes(";")) return SPLIT_ADDRESS;
      // In the order of the signature.
      const signed = {
        KWOTA: formatMoney(amount),
        NAZWA_USLUGI: description,
        ADRES_WWW: returnUrl.success,
        ID_ZAMOWIENIA: merchantReference,
      };
      const fields = { SEKRET: secret, ...signed, ...(buyer.email !== undefined && { EMAIL: buyer.email }) };
      const HASH = sign(passwords[0]!, Object.values(signed));
      return { kind: "accepted", next: { kind: "form", url, fields: { ...fields, HASH } } };
    },

    receive(request) {
      const form = request.form();
      // No field may contain the separator, so that the borders of fields are where they were signed.
      const signed = joinFields(
        SIGNED.map((name) => form.get(name)),
        { separator: ";", refuseSeparator: true },
      );
      const signs = passwords.map((key) => sign(key, [signed]));
      if (!equalsAny(form.get("HASH"), signs)) {
        return { kind: "refused", reason: "unauthenticated", detail: "HASH is missing or wrong." };
      }
      const merchantReference = form.get("ID_ZAMOWIENIA");
      const providerReference = parseProviderReference(form.get("ID_PLATNOSCI") ?? "");
      const status = form.get("STATUS");
      if (!merchantReference || !status || providerReference === undefined) {
        const detail = "ID_ZAMOWIENIA, ID_PLATNOSCI or STATUS is missing.";
        return { kind: "refused", reason: "malformed", detail };
      }
      const reported = reportOf(status, form.get("KWOTA") ?? "");
      return { kind: "notification", about: { merchantReference }, providerReference, reported };
    },

    reply({ kind }) {
      const headers = { "content-type": "text/plain; charset=utf-8" };
      if (kind === "refused") return { status: 400, headers, body: "Refused." };
      if (kind === "error") return { status: 503, headers, body: "Not stored, send it again." };
      return { status: 200, headers, body: "OK" };
    },
  };
}

/** Refused here, because the form's signature would fit other fields; `validate` does not get the return address. */
const SPLIT_ADDRESS: Rejection = {
  kind: "rejected",
  code: "invalid_request",
  retryable: false,
  field: "returnUrl.success",
};

/** The signed fields of a notification, between the password and the secret. */
const SIGNED = ["KWOTA", "ID_PLATNOSCI", "ID_ZAMOWIENIA", "STATUS", "SECURE"] as const;

const STATUSES: ReadonlyMap<string, StatusReport["status"]> = new Map([
  ["SUCCESS", "succeeded"],
  ["FAILURE", "failed"],
  ["PENDING", "pending"],
]);

/** Reports a genuine notification with an unreadable amount as unrecognized, so that a person sees it; refused, it would be lost. */
function reportOf(status: string, written: string): StatusReport {
  const amount = parseMoney(written, "PLN");
  if (amount === undefined) return { status: "unrecognized", providerStatus: storable(`${status} ${written}`) };
  return { status: STATUSES.get(status) ?? "unrecognized", amount, providerStatus: storable(status) };
}

/** A text that the gateway gave to the shop. */
const Given = v.pipe(v.string(), v.check(isGivenText), v.maxLength(200));
const Options = v.strictObject({
  secret: Given,
  password: v.union([Given, v.tupleWithRest([Given], Given)]),
  expiresAfterSeconds: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(31_536_000)), 86_400),
  baseUrl: v.optional(v.string(), "https://platnosc.hotpay.pl"),
});
/** No signed field may contain the separator, because a form's signature could then fit a notification. */
const Unsplit = v.pipe(v.string(), v.regex(/^[^;]*$/));
const Checkout = v.object({
  amount: v.object({ value: v.number(), currency: v.literal("PLN") }),
  description: Unsplit,
  buyer: v.object({ email: v.optional(v.pipe(v.string(), v.maxLength(254), v.rfcEmail())) }),
  options: v.optional(v.strictObject({})),
});
const MUST_BE: Readonly<Record<string, string>> = {
  secret: "the service's secret",
  password: "the password of notifications, or a list of such passwords",
  expiresAfterSeconds: "whole seconds, from 1 to 31536000",
  baseUrl: "a text",
  "amount.currency": "PLN",
  description: "a text without semicolons",
  "buyer.email": "an e-mail address of at most 254 characters, or left out",
};

/** For configurations: `{ "use": "pay-hotpay", … }`. */
const schema = optionsSchema(Options, MUST_BE);
export const adapter: AdapterPackage<HotPayOptions> = { contract: 1, options: schema, create: hotPay };
