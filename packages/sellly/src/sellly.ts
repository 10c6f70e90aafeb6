// Source: Sellly, API documentation (in Polish), https://api.sellly.io, read November 2026.
// What the document leaves open, and how it is read here, is in this package's README. Wire formats stand in wire.ts.

import type {
  AdapterPackage,
  Answer,
  CallbackOutcome,
  CallbackReply,
  ParsedCallback,
  PaymentProvider,
  Rejection,
  StatusReport,
  StrictParams,
} from "@pay/core/adapter";
import { equalsAny, isPayError, send } from "@pay/core/adapter";
import { errorCodes, options, payForm, readCreated, readNotification, readSettings } from "./wire.ts";

/** Who takes the money: `cashbill` (BLIK, transfers, PaySafeCard, PayPal) or `stripe` (cards, international methods). */
export type SelllyOperator = "cashbill" | "stripe";

export interface SelllyOptions {
  /** The shop's id, as Sellly gave it. */
  readonly shopId: string;
  /** The shop's key, as Sellly gave it. While it is changed, a list: the first is sent, all are accepted in notifications. */
  readonly secretKey: string | readonly [current: string, ...others: string[]];
  /** Operator of payments that do not choose one. */
  readonly operator: SelllyOperator;
  /**
   * Has Sellly convert payments in another currency to this one. It must be active at Sellly.
   *
   * @default no conversion
   */
  readonly currencyConverter?: "PLN";
  /**
   * Seconds until an open payment counts as expired. The document states none. A week leaves room for a slow bank transfer
   * over a long weekend; a success after it still counts.
   *
   * @default 604800
   */
  readonly expiresAfterSeconds?: number;
  /**
   * Address of Sellly's API, or of a simulator on this machine.
   *
   * @default "https://api.sellly.io"
   */
  readonly baseUrl?: string | undefined;
}

/** What a shop may choose per checkout. */
export interface SelllyCheckoutOptions {
  /** @default the instance's `operator` */
  readonly operator?: SelllyOperator;
  /**
   * Channel the buyer pays through. cashbill: e.g. `blik`, `paysafecard`, `paypal`. stripe: `card` for PLN; `card`, `ideal`,
   * `giropay`, `eps`, `bancontact` for EUR.
   *
   * @default the buyer chooses on the operator's page
   */
  readonly paymentMethod?: string;
  /** @default the instance's `currencyConverter`, unless the amount is in that currency already */
  readonly currencyConverter?: "PLN";
}

/**
 * Payments through Sellly. Notifications prove themselves with the shop's secret key.
 *
 * @throws PayError `INVALID_CONFIG` naming the option
 */
export function sellly(options: SelllyOptions): PaymentProvider<SelllyCheckoutOptions, "ip" | "email" | "language"> {
  const settings = readSettings(options);

  return {
    contract: 1,
    name: "sellly",
    // One notification address serves the whole shop, so both operators are one account.
    merchantAccount: `sellly:${settings.shopId}`,
    traits: {
      currencies: ["PLN", "USD", "EUR"],
      callback: {
        methods: ["GET"],
        correlation: "provider-reference",
        authentication: ["shared-secret"],
        amount: "absent",
      },
      failureIsFinal: true,
      returnUrl: "preset",
      expiresAfterSeconds: settings.expiresAfterSeconds,
      privateFields: ["secret_key", "buyer_email", "email", "ip"],
    },
    requiredBuyerFields: ["ip", "email", "language"],

    validate(request) {
      payForm(request, settings);
    },

    async create(request, call) {
      const sent = await send(call, {
        method: "POST",
        url: `${settings.baseUrl}/pay`,
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: payForm(request, settings).toString(),
        read: (answer) => readCreated(answer, settings.baseUrl),
        refusal,
      });
      if (sent.kind !== "answered") return sent;
      return {
        kind: "accepted",
        providerReference: sent.body.providerReference,
        next: { kind: "redirect", url: sent.body.url },
      };
    },

    receive({ query }) {
      try {
        // First of all, so that nothing else about a request shows to those without the key.
        if (!equalsAny(query.get("secret_key"), settings.secretKeys)) {
          return { kind: "refused", reason: "unauthenticated", detail: "secret_key is missing or wrong." };
        }
        return interpret(query);
      } catch (error) {
        if (!isPayError(error) || error.code !== "MALFORMED") throw error;
        return { kind: "refused", reason: "malformed", detail: "A documented parameter is repeated." };
      }
    },

    reply: replyTo,
  };
}

/** For configurations: `{ "use": "@pay/sellly", … }`. */
export const adapter: AdapterPackage<SelllyOptions> = { contract: 1, options, create: sellly };

/** What an authenticated notification says. */
function interpret(query: StrictParams): ParsedCallback {
  const notification = readNotification(query);
  if (notification === undefined) {
    return { kind: "refused", reason: "malformed", detail: "id or status is missing, or id is not an id." };
  }
  const { providerReference, status, providerStatus, details, buyerEmail } = notification;
  return {
    kind: "notification",
    about: { providerReference },
    providerReference,
    reported: { status: STATUSES.get(status) ?? "unrecognized", providerStatus },
    ...(Object.keys(details).length > 0 && { details }),
    ...(buyerEmail && { buyerEmail }),
  };
}

function replyTo(outcome: CallbackOutcome): CallbackReply {
  switch (outcome.kind) {
    case "applied":
    case "duplicate":
    case "under_review":
    case "status_check_scheduled":
    case "unknown_payment":
      return text(200, "OK");
    // 500 as in the document's sample: anything but OK has it sent again.
    case "refused":
      return text(500, "Refused.");
    case "error":
      return text(503, "Not stored, send it again.");
    default:
      return outcome satisfies never;
  }
}

const TEXT = Object.freeze({ "content-type": "text/plain; charset=utf-8" });

function text(status: number, body: string): CallbackReply {
  return { status, headers: TEXT, body };
}

/** "Final, will not change", says the document of both. */
const STATUSES: ReadonlyMap<string, StatusReport["status"]> = new Map([
  ["OK", "succeeded"],
  ["ERR", "failed"],
]);

function refusal(answer: Answer): Rejection | undefined {
  for (const providerCode of errorCodes(answer)) {
    const known = REJECTIONS.get(providerCode);
    if (known !== undefined) return { kind: "rejected", retryable: false, providerCode, ...known };
  }
  return undefined;
}

/** The document's error codes. 610 repeats the text of 603. */
const REJECTIONS: ReadonlyMap<string, Pick<Rejection, "code" | "field"> & { readonly retryable?: true }> = new Map([
  ["600", { code: "invalid_request" }],
  ["601", { code: "configuration" }],
  ["602", { code: "configuration" }],
  ["603", { code: "invalid_request", field: "options.operator" }],
  ["604", { code: "invalid_request", field: "amount.currency" }],
  ["605", { code: "invalid_request", field: "amount" }],
  ["606", { code: "invalid_request", field: "buyer.language" }],
  ["607", { code: "invalid_request", field: "buyer.email" }],
  ["608", { code: "invalid_request", field: "buyer.ip" }],
  ["609", { code: "invalid_request", field: "options.currencyConverter" }],
  ["610", { code: "invalid_request", field: "options.operator" }],
  ["699", { code: "unavailable", retryable: true }],
]);
