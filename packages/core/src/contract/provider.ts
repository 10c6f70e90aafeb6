import type { KyInstance } from "ky";
import type { PaymentId, ProviderReference, RefundId } from "../model/ids.ts";
import type { Money } from "../model/money.ts";
import type { NextAction, Payment } from "../model/payment.ts";
import type { StatusReport } from "../model/status-report.ts";

/** What the shop knows about its buyer. An adapter lists in `requiredBuyerFields` the fields it requires. Pay stores none of them. */
export interface Buyer {
  /** IPv4 or IPv6 address, without a port or zone. */
  readonly ip?: string;
  readonly email?: string;
  /**
   * Language code such as `"pl"`. The shop may give any locale, such as `"pl-PL"`, `"PL"` or `"pl_PL.UTF-8"`: adapters get `"pl"`, and
   * `"und"` if it names no language, such as an empty text. For a language that its gateway does not speak, an adapter chooses one that it
   * speaks.
   */
  readonly language?: string;
}

export type BuyerField = keyof Buyer;

/**
 * One account at a payment gateway as Pay sees it: an adapter together with its options. The members stand in the order in which Pay uses
 * them. An adapter's factory returns it. It holds options, never payments, and uses neither a store nor the environment.
 *
 * @typeParam Options what a shop may choose per checkout, e.g. a payment method
 * @typeParam RequiredFields the buyer fields that `create` requires
 * @typeParam Can its optional capabilities; the types of `pay` offer them
 */
export type PaymentProvider<
  Options = unknown,
  RequiredFields extends BuyerField = BuyerField,
  Can extends Capability = never,
> = ProviderMembers<Options, RequiredFields> & Pick<Capabilities, Can> & Partial<Omit<Capabilities, Can>>;

export type Capability = keyof Capabilities;

/** Optional capabilities. An adapter implements those that its gateway supports, and no others. */
export interface Capabilities {
  /**
   * Asks the gateway for the status of a payment: after a callback that only says that something changed, and before Pay closes a
   * payment that had no callback for too long. If the gateway requires an acknowledgement of its own, e.g. a verification call, send it
   * here. A refunded payment still has `succeeded`: a refund is not `reversed`. If it throws, Pay asks again later.
   */
  retrieve(payment: PaymentName, call: Call): Promise<Retrieved>;
  /** Sends money back. Pay calls it once per refund, after it committed a reservation of the amount. A throw counts as `unknown`. */
  refund(request: ProviderRefundRequest, call: Call): Promise<RefundOutcome>;
  /** Cancels an open payment, so that the gateway takes no money for it. A throw counts as `unknown`. */
  cancel(payment: PaymentName, call: Call): Promise<CancelOutcome>;
}

/** The members of every provider. */
export interface ProviderMembers<Options, RequiredFields extends BuyerField> {
  /** Version of this contract. */
  readonly contract: 1;
  /** Name of the adapter, e.g. `"sellly"`. */
  readonly name: string;
  /**
   * The account at the gateway, e.g. `"sellly:SHOP1"`. Provider references are unique within it. Every configured provider with this
   * account handles its payments.
   */
  readonly merchantAccount: string;
  readonly traits: ProviderTraits;
  readonly requiredBuyerFields: readonly RequiredFields[];
  /**
   * Checks the restrictions of this gateway, before anything is stored or sent.
   *
   * @throws PayError `INVALID_REQUEST` naming the field
   */
  validate?(request: ValidateRequest<Options>): void;
  /** Creates a payment at the gateway. Every network failure has its outcome, which `send()` finds; a throw counts as `unknown`. */
  create(request: CreateRequest<Options>, call: Call): Promise<CreateOutcome>;
  /**
   * Authenticates a callback, then parses it. Pure: it uses no store and no network, and returns the same result for the same bytes at
   * any time. Certificates and keys are options of the adapter. To ask the gateway, implement `retrieve`.
   */
  receive(request: CallbackRequest, call: Call): ParsedCallback | Promise<ParsedCallback>;
  /**
   * Answers the gateway. Pay calls it after the commit. For `refused` and `error` it must not return what the gateway takes for an
   * acknowledgement: 4xx for `refused`, since anybody can cause it, and 5xx for `error`, since only we can. A proxy takes a server that
   * answers 5xx for dead.
   */
  reply(outcome: CallbackOutcome, parsed: ParsedCallback | undefined): CallbackReply | Promise<CallbackReply>;
}

/** What `validate` checks: the part of a checkout that reaches the gateway. */
export interface ValidateRequest<Options> {
  readonly amount: Money;
  readonly description: string;
  readonly buyer: Buyer;
  readonly options: Options | undefined;
}

export interface CreateRequest<Options> extends ValidateRequest<Options> {
  readonly paymentId: PaymentId;
  /** 26 characters of `[0-9a-z]`, unique: fits any order-id field. */
  readonly merchantReference: string;
  /** The payment's own callback address. It lets its holder forge one success of this payment, so send it to the gateway only. */
  readonly callbackUrl: string;
  readonly returnUrl: { readonly success: string; readonly failure: string };
}

/** The names of a payment, here and at the gateway. */
export interface PaymentName {
  readonly paymentId: PaymentId;
  /** The `merchantReference` that `create` received. */
  readonly merchantReference: string;
  readonly providerReference?: ProviderReference;
  readonly amount: Money;
}

/** The gateway's answer about a payment. */
export interface Retrieved extends StatusReport {
  /** The gateway's name for the payment, if the answer has it. Pay keeps it if it had none. */
  readonly providerReference?: ProviderReference;
}

export interface ProviderRefundRequest extends PaymentName {
  readonly refundId: RefundId;
  /** 26 characters of `[0-9a-z]`, unique: names the refund to the gateway. */
  readonly refundMerchantReference: string;
  /** The amount to send back. `amount` is the amount that was paid. */
  readonly refundAmount: Money;
  /** Callback address for this refund, like the one that `create` receives; send it to the gateway only. */
  readonly callbackUrl: string;
}

/**
 * - `succeeded`: the gateway sent the money back
 * - `pending`: the gateway accepted the refund and will notify Pay
 * - `rejected`, `not_sent`, `unknown`: as with `create`. Pay never repeats an `unknown` refund
 */
export type RefundOutcome =
  | { readonly kind: "succeeded" | "pending"; readonly providerReference?: string }
  | Rejection
  | { readonly kind: "not_sent" | "unknown"; readonly cause: unknown };

export type CancelOutcome =
  | { readonly kind: "canceled" }
  | Rejection
  | { readonly kind: "not_sent" | "unknown"; readonly cause: unknown };

/** What an adapter receives for one call to its gateway. */
export interface Call {
  /**
   * Aborts when the time for this call is up: 30 seconds for `create`, `refund` and `cancel`; 20 seconds for `retrieve` and for a callback
   * from `receive` to `reply`. Pay ignores a later answer, and the outcome of `create`, `refund` and `cancel` counts as `unknown`.
   */
  readonly signal: AbortSignal;
  /**
   * HTTP client with that deadline: no retries, no redirects, no throw on 4xx and 5xx. Use it through `send()`. A test that uses it
   * without a Pay must await `loadHttp()` first.
   */
  readonly http: KyInstance;
  /** Unix milliseconds. */
  now(): number;
}

/**
 * - `accepted`: `next` tells where the buyer goes. If `providerReference` is absent, Pay stores it when a callback brings it. `expiresAt`
 *   is in Unix milliseconds. A `form` is what the buyer's browser posts; Pay keeps it encrypted and serves it at its own address
 * - `rejected`: the gateway refused; `retryable` if it may accept later
 * - `not_sent`: the gateway certainly did not receive the request (no DNS name, no connection, no TLS)
 * - `unknown`: the gateway may have received it. Pay never repeats it
 */
export type CreateOutcome =
  | {
      readonly kind: "accepted";
      readonly providerReference?: ProviderReference;
      readonly next: NextAction | FormAction;
      readonly expiresAt?: number;
    }
  | Rejection
  | { readonly kind: "not_sent"; readonly cause: unknown }
  | { readonly kind: "unknown"; readonly cause: unknown };

/** A form that the buyer's browser posts to `url`. Its fields may hold secrets, so the shop never receives them. */
export interface FormAction {
  readonly kind: "form";
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Rejection {
  readonly kind: "rejected";
  readonly code: RejectionCode;
  readonly retryable: boolean;
  /** The gateway's own code. */
  readonly providerCode?: string;
  /** Path of the request field that the gateway refused, e.g. `buyer.email`. */
  readonly field?: string;
}

/**
 * `invalid_request`: a field; `configuration`: account or secret; `unavailable`: the gateway or a system behind it; `declined`: any other
 * reason.
 */
export type RejectionCode = "invalid_request" | "configuration" | "unavailable" | "declined";

/**
 * A callback as received. Its readers decode only what is asked for: what the adapter does not read cannot refuse a callback. What it
 * reads is strict: ambiguous input throws `MALFORMED`, which refuses the callback.
 */
export interface CallbackRequest {
  readonly method: string;
  readonly headers: Headers;
  /**
   * The body, byte for byte, unpacked if it came compressed; at most 64 KiB. Check signatures over it. Text is left as it came, whatever its
   * `content-encoding` says.
   */
  readonly rawBody: Uint8Array;
  readonly query: StrictParams;
  /** The body as `application/x-www-form-urlencoded`, without a byte order mark. */
  form(): StrictParams;
  /**
   * The body as `multipart/form-data`: its text fields, also in base64 or quoted-printable. A file counts as unreadable, and so does a
   * part that other parsers may read differently. A part without a name is left out. The charset of a part is not read: texts are UTF-8.
   *
   * @throws PayError `MALFORMED` for another content type, and for a body without the boundary that it names
   */
  multipart(): StrictParams;
  /**
   * The body as JSON, without a byte order mark. A repeated key, a text that is not UTF-8 or has NUL or a lone surrogate, and a value
   * below 32 levels throw when they are read. An integer past 2^53 is a text, so that it keeps its digits.
   *
   * @param ifReadable paths such as `data.channel` of texts that decide nothing: `undefined` if unreadable, as with `getIfReadable`
   * @throws PayError `MALFORMED` for what is not JSON, and for `__proto__` anywhere
   */
  json(ifReadable?: readonly string[]): unknown;
  /** Set if the callback was sent to a payment's own address, whose token Pay verified. */
  readonly paymentId?: PaymentId;
}

/** Parameters, decoded when they are asked for. */
export interface StrictParams {
  /**
   * Returns the value, or `undefined` if the parameter is absent. For what authenticates or decides.
   *
   * @throws PayError `MALFORMED` if the parameter is repeated, is not percent-encoded UTF-8, or has NUL
   */
  get(name: string): string | undefined;
  /**
   * The same for what decides nothing, e.g. a channel or the buyer's address: `undefined` also if the value is unreadable or repeated.
   * Pay then names the parameter under `unreadable` in the details of the callback.
   */
  getIfReadable(name: string): string | undefined;
}

/** How a notification names its payment. */
export type Correlation =
  | { readonly paymentId: PaymentId }
  | { readonly merchantReference: string }
  | { readonly providerReference: ProviderReference };

export type ParsedCallback =
  | {
      readonly kind: "notification";
      readonly about: Correlation;
      /** The gateway's name for the payment, where the notification carries it. */
      readonly providerReference?: ProviderReference;
      readonly reported: StatusReport;
      /** The gateway's id of this notification. It may separate notifications that are otherwise equal; it never merges different ones. */
      readonly eventId?: string;
      /** Further facts for the history, e.g. the channel. Pay stores them, so no personal data. */
      readonly details?: Readonly<Record<string, string>>;
      /** Pay stores a keyed digest of it, not the address, to find the payment of an unmatched notification. */
      readonly buyerEmail?: string;
    }
  /** Something changed, and the callback does not say what. Pay asks the gateway soon, until it has an answer. */
  | {
      readonly kind: "check_status";
      readonly about: Correlation;
      readonly providerReference?: ProviderReference;
      readonly details?: Readonly<Record<string, string>>;
    }
  /** The status of a refund: one of ours, named by `merchantReference` or `providerReference`, or one that was started at the gateway. */
  | {
      readonly kind: "refund";
      readonly about: Correlation;
      readonly providerReference?: ProviderReference;
      readonly refund: {
        /** The `refundMerchantReference` that `refund` received. */
        readonly merchantReference?: string;
        /** The gateway's name for the refund. */
        readonly providerReference?: string;
        readonly status: "succeeded" | "pending" | "failed";
        readonly amount?: Money;
        readonly providerStatus?: string;
      };
      readonly eventId?: string;
      readonly details?: Readonly<Record<string, string>>;
    }
  /** Authenticated, but about nothing that Pay keeps, e.g. the account. Pay acknowledges it with this reply and stores nothing. */
  | { readonly kind: "ignored"; readonly reply: CallbackReply }
  | { readonly kind: "refused"; readonly reason: "unauthenticated" | "malformed"; readonly detail: string };

/**
 * The result of handling a callback.
 * - `applied`, `duplicate`, `under_review`: committed. `returnUrl` is the shop address at which the buyer continues
 * - `status_check_scheduled`: Pay committed that it will ask the gateway
 * - `unknown_payment`: authenticated and kept, but the payment is not in the store (yet, or any more). `returnUrl` is the front page of
 *   the host of `baseUrl`
 * - `refused`: not authenticated or not readable; nothing is stored
 * - `error`: not committed; the gateway must send the callback again
 */
export type CallbackOutcome =
  | {
      readonly kind: "applied" | "duplicate" | "under_review" | "status_check_scheduled";
      readonly payment: Payment;
      readonly returnUrl: string;
    }
  | { readonly kind: "unknown_payment"; readonly returnUrl: string }
  | { readonly kind: "refused"; readonly reason: "unauthenticated" | "malformed" }
  | { readonly kind: "error" };

/** The HTTP response that a gateway receives. Pay answers 500 instead of a reply that HTTP cannot carry. */
export interface CallbackReply {
  /** 200 to 599. */
  readonly status: number;
  /** Pay checks the headers of a frozen object only once. @default `text/plain; charset=utf-8` */
  readonly headers?: Readonly<Record<string, string>>;
  /** Empty, or ignored, for 204, 205 and 304. */
  readonly body: string;
}

/** The properties of a gateway. Core acts on them, the documentation lists them, contract tests check the adapter against them. */
export interface ProviderTraits {
  /** ISO 4217 codes that the gateway accepts. */
  readonly currencies: readonly string[];
  readonly callback: {
    /** HTTP methods of its callbacks, upper case. Pay answers other methods with 405. */
    readonly methods: readonly string[];
    /** How a callback names its payment. With `callback-url` Pay serves per-payment addresses only, otherwise the fixed address only. */
    readonly correlation: "callback-url" | "merchant-reference" | "provider-reference";
    /**
     * How a callback proves its origin. `verify-by-retrieve`: it carries no proof, so Pay only takes it as a reason to ask the gateway
     * about a known payment, within the request, and answers with the result.
     */
    readonly authentication: readonly ("callback-url" | "shared-secret" | "signature" | "verify-by-retrieve")[];
    /**
     * Whether a callback carries the paid amount, and whether its signature covers it. It tells operators what to expect; Pay compares an
     * amount that you report in any case. It must be `absent` if callbacks carry no proof of origin.
     */
    readonly amount: "signed" | "unsigned" | "absent";
  };
  /** True if a failure that the gateway reports never changes into a success. */
  readonly failureIsFinal: boolean;
  /** When the gateway receives the buyer's return address: with create, with the reply to a callback, or in its panel beforehand. */
  readonly returnUrl: "create" | "reply" | "preset";
  /** Seconds until an open payment expires. */
  readonly expiresAfterSeconds: number;
  /**
   * Seconds after the checkout until which money may still come, e.g. for bank transfers and vouchers. A payment that the gateway calls
   * `pending` stays open until then, and an expired one is asked about once a day. Leave it out if the gateway also calls payments
   * `pending` that the buyer gave up.
   *
   * @default `pending` does not delay the expiry
   */
  readonly pendingUntilSeconds?: number;
  /** Seconds between the gateway's redeliveries of a callback, if documented. */
  readonly retryDelaysSeconds?: readonly number[];
  /**
   * Names of fields that hold a secret or personal data, in requests, answers and callbacks of any format. Upper and lower case are
   * equal. Pay masks them wherever it shows an exchange, besides fields with telling names such as `password`.
   *
   * @default none besides fields with telling names
   */
  readonly privateFields?: readonly string[];
}
