// Source: GOSetti.pl, "PaySafeCard Api GOSetti.pl V1" (in Polish), https://gosetti.pl, read November 2026.
// What the document leaves open, and how it is read here, is in this package's README. Wire formats stand in wire.ts.

import type { AdapterPackage, CallbackOutcome, CallbackReply, CheckRequest, PaymentProvider } from "@pay/core/adapter";
import { formatMoney, send } from "@pay/core/adapter";
import { options, readCallback, readCheckout, readCreated, readSettings } from "./wire.ts";

export interface GoSettiPscOptions {
  /** The account at GOSetti.pl that payments go to. A positive whole number. */
  readonly userId: number;
  /**
   * What `"Finished": false` in a callback means. The document says only that it is not settled. `"failed"` tells the shop
   * at once; `"pending"` waits for a later `true` or the deadline. Either way a later `true` succeeds.
   *
   * @default "failed"
   */
  readonly finishedFalse?: "failed" | "pending";
  /**
   * Where a buyer goes whose callback came to a verified address, but whose payment is not in the store (a restored backup).
   * https, or http on this machine. Without it such a callback is answered 503, so that GOSetti.pl may repeat it.
   */
  readonly fallbackReturnUrl?: string;
  /**
   * Seconds until an open payment counts as expired. The document states none. PaySafeCard's page is paid within minutes;
   * a day leaves room for callbacks repeated after an outage. A success after it still counts.
   *
   * @default 86400
   */
  readonly expiresAfterSeconds?: number;
  /**
   * Address of GOSetti.pl, or of a simulator on this machine.
   *
   * @default "https://gosetti.pl"
   */
  readonly baseUrl?: string | undefined;
}

/** GOSetti.pl leaves nothing to choose per checkout. */
export type GoSettiPscCheckoutOptions = Readonly<Record<string, never>>;

/**
 * PaySafeCard through GOSetti.pl. Callbacks are unsigned: their address, unguessable and made per payment, is the proof.
 *
 * @throws PayError `INVALID_CONFIG` naming the option
 */
export function goSettiPsc(options: GoSettiPscOptions): PaymentProvider<GoSettiPscCheckoutOptions, "ip"> {
  const settings = readSettings(options);

  return {
    contract: 1,
    name: "gosetti-psc",
    merchantAccount: `gosetti-psc:${settings.userId}`,
    traits: {
      currencies: ["PLN"],
      callback: {
        methods: ["POST"],
        correlation: "callback-url",
        authentication: ["callback-url"],
        amount: "absent",
      },
      failureIsFinal: false,
      returnUrl: "reply",
      expiresAfterSeconds: settings.expiresAfterSeconds,
      privateFields: ["ClientIp"],
    },
    requiredBuyerFields: ["ip"],

    validate(request) {
      checked(request);
    },

    async create(request, call) {
      const { ip, amount } = checked(request);
      // Put together as text: a number of JavaScript would round amounts that JSON can carry exactly.
      const body = `{"UserId":${settings.userId},"ClientIp":${JSON.stringify(ip)},"Amount":${amount},"CallbackUrl":${JSON.stringify(request.callbackUrl)}}`;
      const sent = await send(call, {
        method: "POST",
        url: `${settings.baseUrl}/Api/PaySafeCardTransactionCreate.php`,
        headers: { "content-type": "application/json" },
        body,
        read: (answer) => readCreated(answer, settings.baseUrl),
      });
      if (sent.kind !== "answered") return sent;
      return {
        kind: "accepted",
        providerReference: sent.body.providerReference,
        next: { kind: "redirect", url: sent.body.url },
      };
    },

    receive(request) {
      if (request.paymentId === undefined) {
        return { kind: "refused", reason: "unauthenticated", detail: "It did not come to a payment's own address." };
      }
      const callback = readCallback(request);
      if (callback === undefined) {
        return { kind: "refused", reason: "malformed", detail: "The body is not the documented JSON." };
      }
      const status = callback.finished ? "succeeded" : settings.finishedFalse;
      const reported = { status, providerStatus: String(callback.finished) } as const;
      return {
        kind: "notification",
        about: { paymentId: request.paymentId },
        providerReference: callback.providerReference,
        reported,
      };
    },

    reply: (outcome) => replyTo(outcome, settings.fallbackReturnUrl),
  };
}

/** For configurations: `{ "use": "@pay/gosetti-psc", … }`. */
export const adapter: AdapterPackage<GoSettiPscOptions> = { contract: 1, options, create: goSettiPsc };

/** What a create needs of a request; 1999 grosze are `19.99` in JSON, 2050 are `20.5`, 2000 are `20`. */
function checked(request: CheckRequest<GoSettiPscCheckoutOptions>): { ip: string; amount: string } {
  const { ip } = readCheckout(request);
  return { ip, amount: formatMoney(request.amount).replace(/\.?0+$/, "") };
}

/** The buyer waits for this reply: its address is where GOSetti.pl sends them on, after a failure as after a success. */
function replyTo(outcome: CallbackOutcome, fallbackReturnUrl: string | undefined): CallbackReply {
  switch (outcome.kind) {
    case "applied":
    case "duplicate":
    case "under_review":
    case "status_check_scheduled":
      return sendOn(outcome.redirectUrl);
    case "unknown_payment":
      return fallbackReturnUrl === undefined ? text(503, "Unknown payment.") : sendOn(fallbackReturnUrl);
    case "refused":
      return text(400, "Refused.");
    case "error":
      return text(503, "Not stored, send it again.");
    default:
      return outcome satisfies never;
  }
}

function sendOn(url: string): CallbackReply {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ RedirectUrl: url }) };
}

function text(status: number, body: string): CallbackReply {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
