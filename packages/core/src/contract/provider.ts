import type { KyInstance } from "ky";
import type { PaymentId, ProviderReference, RefundId } from "../model/ids.ts";
import type { Money } from "../model/money.ts";
import type { NextAction, Payment } from "../model/payment.ts";
import type { StatusReport } from "../model/status-report.ts";

/** What a shop knows of its buyer. A provider says in `needs` which of these it cannot do without. None of it is stored. */
export interface Buyer {
  /** IPv4 or IPv6 address, without a port or zone. */
  readonly ip?: string;
  readonly email?: string;
  /** Language code such as `"pl"`; a provider refuses one it does not speak. */
  readonly language?: string;
}

export type BuyerField = keyof Buyer;

/**
 * A payment gateway as Pay sees it. Members stand in order of life. An adapter is a factory that returns one of these;
 * it holds options, never payments, and touches neither store nor environment.
 *
 * @typeParam Options what a shop may choose per checkout, e.g. a payment method
 * @typeParam Needs the buyer fields without which `create` cannot be sent
 * @typeParam Can what it can do besides; the types of `pay` then offer it
 */
export type PaymentProvider<
  Options = unknown,
  RequiredFields extends BuyerField = BuyerField,
  Can extends Capability = never,
> = ProviderMembers<Options, RequiredFields> & Pick<Capabilities, Can> & Partial<Omit<Capabilities, Can>>;

export type Capability = keyof Capabilities;

/** What not every gateway can do. An adapter has the members that its gateway can, and no others. */
export interface Capabilities {
  /**
   * Asks the gateway what became of a payment: after a callback that says only that something changed, and before a
   * payment that was silent too long is closed. A gateway that wants an acknowledgement of its own, e.g. a verification
   * call, gets it here. A payment of which money was sent back has `succeeded` all the same: refunds are not `reversed`.
   * A throw counts as no answer, and is tried again.
   */
  retrieve(payment: PaymentName, call: Call): Promise<Retrieved>;
  /** Sends money back. Called once per refund, after its amount was reserved by a commit; a throw counts as `unknown`. */
  refund(request: ProviderRefundRequest, call: Call): Promise<RefundOutcome>;
  /** Has the gateway take no money for an open payment any more. A throw counts as `unknown`. */
  cancel(payment: PaymentName, call: Call): Promise<CancelOutcome>;
}

/** What every provider has. */
export interface ProviderMembers<Options, RequiredFields extends BuyerField> {
  /** Version of this contract. */
  readonly contract: 1;
  /** Name of the adapter, e.g. `"sellly"`. */
  readonly name: string;
  /** The account at the gateway, e.g. `"sellly:SHOP1"`: refs are unique within it, and any instance of it settles its payments. */
  readonly merchantAccount: string;
  readonly traits: ProviderTraits;
  readonly requiredBuyerFields: readonly RequiredFields[];
  /**
   * Checks what only this gateway restricts, before anything is stored or sent.
   *
   * @throws PayError `INVALID_REQUEST` naming the field
   */
  validate?(request: CheckRequest<Options>): void;
  /** Asks the gateway for a payment. Answers with an outcome for every failure of the network; a throw counts as `unknown`. */
  create(request: CreateRequest<Options>, call: Call): Promise<CreateOutcome>;
  /**
   * Authenticates a callback, then says what it means. Pure: no store, no network, the same answer for the same bytes at any
   * time. What it verifies with, a certificate for example, is an option of the adapter's; the gateway is asked in `retrieve`.
   */
  receive(request: CallbackRequest, call: Call): ParsedCallback | Promise<ParsedCallback>;
  /** What to answer the gateway. Called only after the commit. For `refused` and `error` never what it takes for an acknowledgement. */
  reply(outcome: CallbackOutcome, parsed: ParsedCallback | undefined): CallbackReply | Promise<CallbackReply>;
}

export interface CheckRequest<Options> {
  readonly amount: Money;
  readonly description: string;
  readonly buyer: Buyer;
  readonly options: Options | undefined;
}

export interface CreateRequest<Options> extends CheckRequest<Options> {
  readonly paymentId: PaymentId;
  /** 26 characters of `[0-9a-z]`, unique: fits any order-id field. */
  readonly merchantReference: string;
  /** The payment's own callback address. Whoever learns it can forge one success of this payment: only the gateway may. */
  readonly callbackUrl: string;
  readonly returnUrl: { readonly success: string; readonly failure: string };
}

/** How a payment is called, here and at the gateway. */
export interface PaymentName {
  readonly paymentId: PaymentId;
  /** What `create` was given as `reference`. */
  readonly merchantReference: string;
  readonly providerReference?: ProviderReference;
  readonly amount: Money;
}

/** What a gateway answers about a payment. */
export interface Retrieved extends StatusReport {
  /** The gateway's name for the payment, where it says it: kept if none was known. */
  readonly providerReference?: ProviderReference;
}

export interface ProviderRefundRequest extends PaymentName {
  readonly refundId: RefundId;
  /** 26 characters of `[0-9a-z]`, unique: names the refund to the gateway. */
  readonly refundMerchantReference: string;
  /** What goes back; `amount` is what was paid. */
  readonly refundAmount: Money;
  /** Where the gateway may say what became of it: an address like the one `create` was given, and for the gateway alone. */
  readonly callbackUrl: string;
}

/**
 * What came of a refund. `succeeded`: done. `pending`: the gateway took it, and will notify. The others as with create;
 * an `unknown` one is never sent again by Pay.
 */
export type RefundOutcome =
  | { readonly kind: "succeeded" | "pending"; readonly providerReference?: string }
  | Rejection
  | { readonly kind: "not_sent" | "unknown"; readonly cause: unknown };

export type CancelOutcome =
  | { readonly kind: "canceled" }
  | Rejection
  | { readonly kind: "not_sent" | "unknown"; readonly cause: unknown };

/** What an adapter gets for one call to its gateway. */
export interface Call {
  /** Aborts when the call's time is up. */
  readonly signal: AbortSignal;
  /**
   * HTTP bound to that deadline: no retries, no redirects followed, no throw on 4xx and 5xx. Use it through `send()`.
   * Tests that reach for it without a Pay await `loadHttp()` before.
   */
  readonly http: KyInstance;
  /** Unix milliseconds. */
  now(): number;
}

/**
 * What came of a create.
 * - `accepted`: `next` says where the buyer goes; without `ref` it is stored when first seen. `expiresAt` in Unix milliseconds.
 *   A `form` is what the buyer's browser has to post; Pay keeps it encrypted and serves it once, from an address of its own
 * - `rejected`: the gateway said no. `retryable` if it may say yes later
 * - `not_sent`: certainly nothing happened there (no name, no connection, no TLS)
 * - `unknown`: it may have happened. Never sent again by Pay
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

/** A form that the buyer's browser posts to `url`. Its fields may hold secrets: the shop never sees them. */
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
  /** Path of the request's field the gateway complains about, e.g. `buyer.email`. */
  readonly field?: string;
}

/** `invalid_request`: a field; `configuration`: account or secret; `unavailable`: the gateway or what is behind it; `declined`: anything else. */
export type RejectionCode = "invalid_request" | "configuration" | "unavailable" | "declined";

/** A callback as it came, read strictly: what is ambiguous throws `MALFORMED`, which refuses the callback. */
export interface CallbackRequest {
  readonly method: string;
  readonly headers: Headers;
  /** Exactly the bytes that came, at most 64 KiB. */
  readonly rawBody: Uint8Array;
  readonly query: StrictParams;
  /** The body as `application/x-www-form-urlencoded`. */
  form(): StrictParams;
  /** The body as JSON: UTF-8, no repeated keys, no `__proto__`, at most 32 levels. */
  json(): unknown;
  /** Set when it came to a payment's own address, whose token was verified. */
  readonly paymentId?: PaymentId;
}

/** Parameters, each at most once. */
export interface StrictParams {
  /**
   * The value, or `undefined` if absent.
   *
   * @throws PayError `MALFORMED` if it is repeated
   */
  get(name: string): string | undefined;
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
      /** The gateway's id of this notification; may split what else looks alike, never merges. */
      readonly eventId?: string;
      /** Further facts worth keeping, e.g. the channel. No personal data: it is stored. */
      readonly details?: Readonly<Record<string, string>>;
      /** Used for a keyed digest that helps to find an orphan's payment; not stored itself. */
      readonly buyerEmail?: string;
    }
  /** Something changed, and the callback does not say what: the gateway is to be asked, soon and until it knows. */
  | {
      readonly kind: "check_status";
      readonly about: Correlation;
      readonly providerReference?: ProviderReference;
      readonly details?: Readonly<Record<string, string>>;
    }
  /** What became of a refund: one of ours, named by `id` or `ref`, or one that was begun at the gateway. */
  | {
      readonly kind: "refund";
      readonly about: Correlation;
      readonly providerReference?: ProviderReference;
      readonly refund: {
        /** The `refundReference` it was asked for under. */
        readonly merchantReference?: string;
        /** The gateway's name for it. */
        readonly providerReference?: string;
        readonly status: "succeeded" | "pending" | "failed";
        readonly amount?: Money;
        readonly providerStatus?: string;
      };
      readonly eventId?: string;
      readonly details?: Readonly<Record<string, string>>;
    }
  /** It proved itself, and is about nothing that Pay keeps, e.g. the account: acknowledged with this reply, and not stored. */
  | { readonly kind: "ignored"; readonly reply: CallbackReply }
  | { readonly kind: "refused"; readonly reason: "unauthenticated" | "malformed"; readonly detail: string };

/**
 * What came of a callback.
 * - `applied`, `duplicate`, `under_review`: committed. `redirectUrl` is where the buyer goes on in the shop
 * - `asked`: it is committed that the gateway will be asked
 * - `unknown_payment`: authenticated and kept, but nobody has the payment (yet)
 * - `refused`: not authenticated or not readable; nothing was stored
 * - `error`: not committed; the gateway must send it again
 */
export type CallbackOutcome =
  | {
      readonly kind: "applied" | "duplicate" | "under_review" | "status_check_scheduled";
      readonly payment: Payment;
      readonly redirectUrl: string;
    }
  | { readonly kind: "unknown_payment" }
  | { readonly kind: "refused"; readonly reason: "unauthenticated" | "malformed" }
  | { readonly kind: "error" };

export interface CallbackReply {
  readonly status: number;
  /** Those of a frozen object are checked once. @default `text/plain; charset=utf-8` */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a gateway is like. Core acts on these, the documentation shows them, contract tests hold the adapter to them. */
export interface ProviderTraits {
  /** ISO 4217 codes the gateway takes. */
  readonly currencies: readonly string[];
  readonly callback: {
    /** HTTP methods of its callbacks, upper case. Others are answered 405. */
    readonly methods: readonly string[];
    /** How a callback names the payment; with `callback-url` only per-payment addresses are served, otherwise only the fixed one. */
    readonly correlation: "callback-url" | "merchant-reference" | "provider-reference";
    /**
     * How a callback proves itself. `retrieve`: not at all, so nothing is believed of it but that the gateway should be
     * asked, within the request, about a payment that is known; it is then answered with what came of that.
     */
    readonly authentication: readonly ("callback-url" | "shared-secret" | "signature" | "verify-by-retrieve")[];
    readonly amount: "signed" | "unsigned" | "absent";
  };
  /** Whether a failure it reports never changes. */
  readonly failureIsFinal: boolean;
  /** When the gateway learns where the buyer returns to: with create, with the reply to a callback, or set up beforehand. */
  readonly returnUrl: "create" | "reply" | "preset";
  /** Seconds until an open payment expires. */
  readonly expiresAfterSeconds: number;
  /** Seconds between the gateway's redeliveries, where documented. */
  readonly retryDelaysSeconds?: readonly number[];
  /**
   * Names of fields, whatever the case, that hold a secret or personal data: in requests, answers and callbacks, JSON or not. They are
   * masked wherever an exchange is shown, as are those whose names say so.
   *
   * @default none but those whose names say so
   */
  readonly privateFields?: readonly string[];
}
