import type { EventId, PaymentId, ProviderReference, RefundId, ReviewId } from "./ids.ts";
import type { Money } from "./money.ts";
import type { NextAction, PaymentState, SealedForm } from "./payment.ts";
import type { ReviewAction, ReviewKind } from "./review.ts";

/** The content of a gateway's notification. */
export interface NotificationFact {
  readonly kind: "succeeded" | "failed" | "pending" | "reversed" | "unrecognized";
  readonly providerReference?: ProviderReference;
  readonly amount?: Money;
  /** The amount that the gateway reported, if a person accepted it as a success although it differs from the requested amount. */
  readonly receivedAmount?: Money;
  /** The provider reference that the gateway reported with a success that a person accepted. It may not be the payment's own. */
  readonly receivedProviderReference?: ProviderReference;
  readonly providerStatus?: string;
  /** Further facts for the history, e.g. the channel. No personal data. */
  readonly details?: Readonly<Record<string, string>>;
  /** Set if a person recorded it, not the gateway. */
  readonly recorded?: true;
}

/** The gateway reported that something changed, but not what. Pay must ask it. */
export interface StatusCheckFact {
  readonly kind: "check_status";
  readonly providerReference?: ProviderReference;
  readonly details?: Readonly<Record<string, string>>;
}

/** What the gateway reported about a refund, in an answer or a notification. */
export interface RefundFact {
  readonly kind: "refund_succeeded" | "refund_pending" | "refund_failed" | "refund_unknown";
  /** Our id of the refund, if the gateway knows it. */
  readonly refund?: RefundId;
  /** The gateway's name for the refund. */
  readonly refundProviderReference?: string;
  readonly amount?: Money;
  /** The payment's name at the gateway. */
  readonly providerReference?: ProviderReference;
  readonly providerStatus?: string;
  /** Why the refund failed or is unknown, if the gateway did not report it: e.g. `"time is up"`, or the code of a rejection. */
  readonly reason?: string;
  /** The gateway's error code, if it refused. */
  readonly providerCode?: string;
  readonly details?: Readonly<Record<string, string>>;
  /** Set if a person recorded it, not the gateway. */
  readonly recorded?: true;
  /** The idempotency key under which a person recorded a refund that Pay did not know. */
  readonly key?: string;
}

/** A fact from a callback. Pay also keeps it if the payment is not in the store. */
export type CallbackFact = NotificationFact | StatusCheckFact | RefundFact;

/** Facts that never change the payment's state. */
export type SideFact =
  | StatusCheckFact
  | RefundFact
  | { readonly kind: "refund_requested"; readonly refund: RefundId; readonly amount: Money; readonly key?: string }
  /** The gateway accepted the refund a week ago, and has not reported how it ended. */
  | { readonly kind: "refund_overdue"; readonly refund: RefundId }
  /** Pay asked the gateway according to plan, and its answer is still missing. `round` is the version at which the check was requested. */
  | { readonly kind: "status_unknown"; readonly round: number; readonly reason: string }
  /** Pay served the form that leads to the gateway to the buyer's browser for the first time. */
  | { readonly kind: "form_opened" };

/** The payment `by` was opened for the order, which costs this amount from then on: not the payment's own, or its own again. */
export interface OrderRepriced {
  readonly kind: "order_repriced";
  readonly amount: Money;
  readonly by: PaymentId;
}

/** Every fact that can change the payment's state: answers to create, notifications, the clock and the shop. */
export type Fact =
  | {
      readonly kind: "create_accepted";
      readonly providerReference?: ProviderReference;
      readonly next: NextAction | SealedForm;
      /** Unix milliseconds. @default the provider's `expiresAfterSeconds` counts */
      readonly expiresAt?: number;
    }
  | {
      readonly kind: "create_rejected";
      readonly code: string;
      readonly retryable: boolean;
      readonly providerCode?: string;
      readonly field?: string;
    }
  | { readonly kind: "create_not_sent"; readonly reason?: string }
  | { readonly kind: "create_unknown"; readonly reason?: string }
  | NotificationFact
  | { readonly kind: "deadline" }
  | { readonly kind: "cancel" };

/** What a person did. It changes no state by itself: an accepted fact has its own history entry. */
export type OperatorAct =
  | ({ readonly kind: "review"; readonly review: ReviewId; readonly about: ReviewKind } & Omit<ReviewAction, "at">)
  | { readonly kind: "redrive"; readonly event: EventId; readonly handler: string; readonly by?: string }
  | {
      readonly kind: "record";
      readonly as: RecordedStatus;
      /** The refund that it is about, or with `refunded` the one that was added; otherwise it is about the payment. */
      readonly refund?: RefundId;
      readonly amount?: Money;
      readonly by: string;
      readonly note?: string;
    };

/** What a person may record about a payment; about a refund that Pay knows only `succeeded` or `failed`. */
export type RecordedStatus = Extract<PaymentState, "succeeded" | "failed" | "canceled"> | "reversed" | "refunded";

/** One entry of a payment's history: a fact or an act, and its effect. The state is the fold of the entries. */
export interface HistoryEntry {
  /** Counts from 1 within the payment. */
  readonly sequence: number;
  /** When it was recorded, in Unix milliseconds. */
  readonly at: number;
  readonly fact: Fact | SideFact | OrderRepriced | OperatorAct | { readonly kind: "opened" };
  /** The payment's state before and after. */
  readonly from: PaymentState;
  readonly to: PaymentState;
  /** Kinds of the reviews that the fact called for. */
  readonly reviews: readonly string[];
}
