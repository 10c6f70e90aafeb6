// Source: GOSetti.pl, "PaySafeCard Api GOSetti.pl V1" (in Polish), https://gosetti.pl, read November 2026.
// This package's README says what the document leaves open and how this adapter reads it. Wire formats are in wire.ts.

import type {
  AdapterPackage,
  CallbackOutcome,
  CallbackReply,
  PaymentProvider,
  StatusReport,
  ValidateRequest,
} from "@pay/core/adapter";
import { formatMoney, send, storable } from "@pay/core/adapter";
import { options, readCallback, readCheckout, readCreated, readSettings, type Settings } from "./wire.ts";

export interface GoSettiPscOptions {
  /** The account at GOSetti.pl that receives the payments: a positive whole number. */
  readonly userId: number;
  /**
   * The meaning of `"Finished": false` in a callback. The document says only that the payment is not finished. With `"failed"`
   * the shop learns of the failure at once; `"pending"` waits for a later `true` or the deadline. A later `true` succeeds either way.
   *
   * @default "failed"
   */
  readonly finishedFalse?: "failed" | "pending";
  /**
   * Where the buyer goes if the callback came to a verified address but the store has no such payment: it was pruned, or the store is
   * a restored backup. https, or http on this machine.
   *
   * @default the front page of the host of Pay's `baseUrl`
   */
  readonly fallbackReturnUrl?: string;
  /**
   * Seconds until an open payment expires. The document states no time. Buyers pay on PaySafeCard's page within minutes; a day
   * leaves room for callbacks that GOSetti.pl repeats after an outage. A success after it still counts.
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

/** A checkout has no options. */
export type GoSettiPscCheckoutOptions = Readonly<Record<string, never>>;

/**
 * PaySafeCard through GOSetti.pl. Callbacks are unsigned: the proof is their address, which is unguessable and differs for each
 * payment.
 *
 * @throws PayError `INVALID_CONFIG` naming the option
 * @example
 * ```ts
 * import { createPay, memoryStore } from "@pay/core";
 * import { goSettiPsc } from "@pay/gosetti-psc";
 *
 * const pay = createPay({
 *   providers: { psc: goSettiPsc({ userId: 1234, fallbackReturnUrl: "https://shop.example/help" }) },
 *   store: memoryStore(), // in production a store on a disk
 *   baseUrl: "https://shop.example/pay",
 *   secret: process.env.PAY_SECRET!,
 * });
 * pay.on("payment.succeeded", "deliver", ({ payment }) => console.log(payment.orderId));
 * ```
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
      // As text, because a JavaScript number would round amounts that JSON can carry exactly.
      const body = `{"UserId":${settings.userId},"ClientIp":${JSON.stringify(ip)},"Amount":${amount},"CallbackUrl":${JSON.stringify(request.callbackUrl)}}`;
      const sent = await send(call, {
        method: "POST",
        url: `${settings.baseUrl}/Api/PaySafeCardTransactionCreate.php`,
        headers: { "content-type": "application/json" },
        body,
        read: (answer) => readCreated(answer, settings.baseUrl),
      });
      if (sent.kind !== "answered") return sent;
      const { providerReference, url } = sent.body;
      return { kind: "accepted", providerReference, next: { kind: "redirect", url } };
    },

    receive(request) {
      const { paymentId } = request;
      if (paymentId === undefined) {
        const detail = "The callback did not come to a payment's own address.";
        return { kind: "refused", reason: "unauthenticated", detail };
      }
      const callback = readCallback(request);
      if (callback === undefined) {
        return { kind: "refused", reason: "malformed", detail: "The body is not the documented JSON." };
      }
      const { finished, providerReference } = callback;
      const reported = { status: statusOf(finished, settings), providerStatus: storable(JSON.stringify(finished)) };
      return { kind: "notification", about: { paymentId }, providerReference, reported };
    },

    reply: (outcome) => replyTo(outcome, settings.fallbackReturnUrl),
  };
}

/** For configurations: `{ "use": "@pay/gosetti-psc", … }`. */
export const adapter: AdapterPackage<GoSettiPscOptions> = { contract: 1, options, create: goSettiPsc };

/** Only JSON booleans count. `"true"`, `1` and the like never pay: a person sees them, since a refused callback would be lost. */
function statusOf(finished: unknown, { finishedFalse }: Settings): StatusReport["status"] {
  if (finished === true) return "succeeded";
  return finished === false ? finishedFalse : "unrecognized";
}

/** Checks a request for a create. 1999 grosze are `19.99` in JSON, 2050 are `20.5`, 2000 are `20`. */
function checked(request: ValidateRequest<GoSettiPscCheckoutOptions>): { ip: string; amount: string } {
  const { ip } = readCheckout(request);
  return { ip, amount: formatMoney(request.amount).replace(/\.?0{1,2}$/, "") };
}

/** The buyer waits for this reply: GOSetti.pl redirects to the address in it, after a failure as after a success. */
function replyTo(outcome: CallbackOutcome, fallbackReturnUrl: string | undefined): CallbackReply {
  switch (outcome.kind) {
    case "applied":
    case "duplicate":
    case "under_review":
    case "status_check_scheduled":
      return sendOn(outcome.returnUrl);
    case "unknown_payment":
      return sendOn(fallbackReturnUrl ?? outcome.returnUrl);
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
