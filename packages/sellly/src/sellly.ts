// Source: Sellly, API documentation (in Polish), https://api.sellly.io, read November 2026.
// This package's README says what the document leaves open and how this adapter reads it. Wire formats are in wire.ts.

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
import type { SelllyCheckoutOptions, SelllyOptions } from "./options.ts";
import { errorCodes, options, payForm, readCreated, readNotification, readSettings } from "./wire.ts";

/**
 * Payments through Sellly. Notifications prove themselves with the shop's secret key.
 *
 * @throws PayError `INVALID_CONFIG` naming the option
 * @example
 * ```ts
 * import { createPay, memoryStore } from "@pay/core";
 * import { sellly } from "@pay/sellly";
 *
 * const pay = createPay({
 *   providers: { cards: sellly({ shopId: "SHOP1", secretKey: process.env.SELLLY_KEY!, operator: "stripe" }) },
 *   store: memoryStore(), // in production a store on a disk
 *   baseUrl: "https://shop.example/pay",
 *   secret: process.env.PAY_SECRET!,
 * });
 * pay.on("payment.succeeded", "deliver", ({ payment }) => console.log(payment.orderId));
 * ```
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
      const { providerReference, url } = sent.body;
      return { kind: "accepted", providerReference, next: { kind: "redirect", url } };
    },

    receive({ query }) {
      try {
        // First of all, so that a caller without the key learns nothing else about its request.
        if (!equalsAny(query.get("secret_key"), settings.secretKeys)) {
          return { kind: "refused", reason: "unauthenticated", detail: "secret_key is missing or wrong." };
        }
        return interpret(query);
      } catch (error) {
        if (!isPayError(error) || error.code !== "MALFORMED") throw error;
        return {
          kind: "refused",
          reason: "malformed",
          detail: "secret_key, id or status is repeated or unreadable.",
        };
      }
    },

    reply: replyTo,
  };
}

/** For configurations: `{ "use": "@pay/sellly", … }`. */
export const adapter: AdapterPackage<SelllyOptions> = { contract: 1, options, create: sellly };

/** Reads an authenticated notification. */
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
    // Sellly sends the notification again after anything but OK. The 500 of the document's sample would make a proxy take the server
    // for dead while somebody sends forgeries.
    case "refused":
      return text(400, "Refused.");
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

/** The document calls both final. */
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
