// Sources, read 26 November 2026; what each says, and how the gaps between them are read, is in this package's README:
// CashBill, "Dokumentacja techniczna 2.0. Płatności CashBill" (in Polish), as far as http://docplayer.pl/1545141 shows it;
// CashBill's own WooCommerce plugin, https://github.com/wp-plugins/cashbill-payment-method; public clients named in the README.

import type { AdapterPackage, CreateRequest, PaymentProvider, Retrieved } from "@pay/core/adapter";
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
  parseStrictJson,
  redirectAddress,
  send,
  storable,
} from "@pay/core/adapter";
import * as v from "valibot";

export interface CashBillOptions {
  /** The payment point's id, from CashBill's panel. */
  readonly shopId: string;
  /** Its key. While it is changed, a list: the first signs, all are accepted in notifications. */
  readonly secretKey: string | readonly [current: string, ...others: string[]];
  /** Seconds until an open payment counts as expired. A success after it still counts. @default 604800 */
  readonly expiresAfterSeconds?: number;
  /** Its sandbox is `https://pay.cashbill.pl/testws/rest`. @default "https://pay.cashbill.pl/ws/rest" */
  readonly baseUrl?: string;
}

export interface CashBillCheckoutOptions {
  /** Id of the channel the buyer pays through. @default the buyer chooses */
  readonly paymentChannel?: string;
}

/**
 * Payments through CashBill's REST service. A notification says only that a payment changed, so CashBill is then asked.
 *
 * @throws PayError `INVALID_CONFIG` naming the option
 */
export function cashBill(options: CashBillOptions): PaymentProvider<CashBillCheckoutOptions, never, "retrieve"> {
  const { baseUrl, expiresAfterSeconds, secretKey, shopId } = parseInput(Options, options, "INVALID_CONFIG", MUST_BE);
  const keys = typeof secretKey === "string" ? [secretKey] : secretKey;
  const payments = `${gatewayAddress(baseUrl)}/payment/${encodeURIComponent(shopId)}`;
  const sign = (fields: readonly string[]) => digest("sha1", joinFields([...fields, keys[0]!], NOTHING_BETWEEN));

  return {
    contract: 1,
    name: "cashbill",
    merchantAccount: `cashbill:${shopId}`,
    traits: {
      currencies: ["PLN", "EUR", "USD"],
      callback: {
        methods: ["GET"],
        correlation: "provider-reference",
        authentication: ["signature"],
        amount: "absent",
      },
      failureIsFinal: false,
      returnUrl: "create",
      expiresAfterSeconds,
    },
    requiredBuyerFields: [],

    validate(request) {
      checked(request);
    },

    async create(request, call) {
      const fields = createFields(request);
      const form = new URLSearchParams([...fields, ["sign", sign(fields.map(([, value]) => value))]]);
      const sent = await send(call, {
        method: "POST",
        url: payments,
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: form.toString(),
        read: ({ text }) => readCreated(text, payments),
      });
      if (sent.kind !== "answered") return sent;
      const { providerReference, url } = sent.body;
      return { kind: "accepted", providerReference, next: { kind: "redirect", url } };
    },

    receive({ query }) {
      const [cmd = "", args = "", given] = ["cmd", "args", "sign"].map((name) => query.get(name));
      const signs = keys.map((key) => digest("md5", joinFields([cmd, args, key], NOTHING_BETWEEN)));
      // The command is pinned: nothing stands between the fields, so letters could move from one to the other.
      if (!equalsAny(given, signs) || !COMMANDS.includes(cmd)) {
        return { kind: "refused", reason: "unauthenticated", detail: "sign or cmd is missing or wrong." };
      }
      if (cmd !== COMMANDS[0]) return { kind: "ignored", reply: OK };
      const providerReference = parseProviderReference(args.split(",")[0]!);
      return providerReference === undefined
        ? { kind: "refused", reason: "malformed", detail: "args names no payment." }
        : { kind: "check_status", about: { providerReference }, providerReference };
    },

    reply({ kind }) {
      if (kind === "refused") return { ...OK, status: 400, body: "Refused." };
      return kind === "error" ? { ...OK, status: 503, body: "Not stored, send it again." } : OK;
    },

    async retrieve({ providerReference }, call) {
      if (providerReference === undefined) throw new Error("CashBill has not named the payment yet.");
      const sent = await send(call, {
        method: "GET",
        url: `${payments}/${encodeURIComponent(providerReference)}?sign=${sign([providerReference])}`,
        read: ({ text }) => readStatus(text, providerReference),
      });
      if (sent.kind !== "answered") throw new Error(`CashBill's answer: ${sent.kind}.`);
      return sent.body;
    },
  };
}

const NOTHING_BETWEEN = { separator: "" } as const;
/** The second is about the shop. */
const COMMANDS = ["transactionStatusChanged", "verificationFinished"];
const OK = { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: "OK" };

/** What a status means. The sources disagree whether `Abort` is final: a success after it counts all the same. */
const STATUSES: ReadonlyMap<string, Retrieved["status"]> = new Map([
  ["PositiveFinish", "succeeded"],
  ...["NegativeFinish", "Fraud", "TimeExceeded", "CriticalError", "Abort"].map((one) => [one, "failed"] as const),
  ...["PreStart", "Start", "PositiveAuthorization", "NegativeAuthorization"].map((one) => [one, "pending"] as const),
]);

/** A text that the gateway gave to the shop. */
const Given = v.pipe(v.string(), v.check(isGivenText), v.maxLength(200));
const Options = v.strictObject({
  shopId: Given,
  secretKey: v.union([Given, v.tupleWithRest([Given], Given)]),
  expiresAfterSeconds: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(31_536_000)), 604_800),
  baseUrl: v.optional(v.string(), "https://pay.cashbill.pl/ws/rest"),
});
const Channel = v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/));
const Checkout = v.object({
  amount: v.object({ value: v.number(), currency: v.picklist(["PLN", "EUR", "USD"]) }),
  buyer: v.object({ email: v.optional(v.pipe(v.string(), v.maxLength(254), v.rfcEmail())) }),
  options: v.optional(v.strictObject({ paymentChannel: v.optional(Channel) }), {}),
});
const MUST_BE: Readonly<Record<string, string>> = {
  shopId: "the payment point's id",
  secretKey: "the payment point's key, or a list of such keys",
  expiresAfterSeconds: "whole seconds, from 1 to 31536000",
  baseUrl: "a text",
  "amount.currency": "PLN, EUR or USD",
  "buyer.email": "an e-mail address of at most 254 characters, or left out",
  "options.paymentChannel": "a channel's id: letters, digits, dots, dashes and underscores",
};

/** For configurations: `{ "use": "pay-cashbill", … }`. */
const schema = optionsSchema(Options, MUST_BE);
export const adapter: AdapterPackage<CashBillOptions> = { contract: 1, options: schema, create: cashBill };

/** The sources show texts; an integer names a payment as well. */
const Id = v.union([v.string(), v.number()]);
const Created = v.object({ id: Id, redirectUrl: v.string() });
const Status = v.object({
  id: Id,
  status: v.string(),
  amount: v.object({ value: v.union([v.number(), v.string()]), currencyCode: v.string() }),
});

function checked(request: unknown) {
  const { amount, ...others } = parseInput(Checkout, request, "INVALID_REQUEST", MUST_BE);
  return { ...others, currency: amount.currency, value: formatMoney(amount) };
}

/** What is sent, in the order in which it is signed. An empty field signs as nothing, so it may as well be left out. */
function createFields(request: CreateRequest<CashBillCheckoutOptions>): [name: string, value: string][] {
  const { buyer, currency, options, value } = checked(request);
  const fields: [string, string][] = [
    ["title", request.description],
    ["amount.value", value],
    ["amount.currencyCode", currency],
    ["returnUrl", request.returnUrl.success],
    ["description", request.description],
    ["negativeReturnUrl", request.returnUrl.failure],
    ["additionalData", request.merchantReference],
    ["paymentChannel", options.paymentChannel ?? ""],
    ["personalData.email", buyer.email ?? ""],
  ];
  return fields.filter(([, value]) => value !== "");
}

function readCreated(text: string, gateway: string) {
  const created = v.parse(Created, parseStrictJson(text));
  const providerReference = parseProviderReference(created.id);
  const url = redirectAddress(created.redirectUrl, gateway);
  return providerReference !== undefined && url !== undefined ? { providerReference, url } : undefined;
}

/** Of the payment that was asked about, or nothing. */
function readStatus(text: string, providerReference: string): Retrieved | undefined {
  const { amount, id, status } = v.parse(Status, parseStrictJson(text));
  if (parseProviderReference(id) !== providerReference) return undefined;
  const paid = parseMoney(String(amount.value), amount.currencyCode);
  // A person sees what CashBill wrote.
  if (paid === undefined) {
    const words = `${status} ${amount.value} ${amount.currencyCode}`;
    return { status: "unrecognized", providerStatus: storable(words) };
  }
  return { status: STATUSES.get(status) ?? "unrecognized", amount: paid, providerStatus: storable(status) };
}
