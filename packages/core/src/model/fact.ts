import type { EventId, ProviderReference, RefundId, ReviewId } from "./ids.ts";
import type { Money } from "./money.ts";
import type { NextAction, SealedForm } from "./payment.ts";
import type { ReviewAction, ReviewKind } from "./review.ts";

/** What a gateway's notification said. */
export interface NotificationFact {
  readonly kind: "succeeded" | "failed" | "pending" | "reversed" | "unrecognized";
  readonly providerReference?: ProviderReference;
  readonly amount?: Money;
  /** What came, where a person took it for a success though it is not what was asked for. */
  readonly receivedAmount?: Money;
  readonly providerStatus?: string;
  /** Further facts for the history, e.g. the channel. No personal data. */
  readonly details?: Readonly<Record<string, string>>;
}

/** The gateway said that something changed, and not what: it is to be asked. */
export interface StatusCheckFact {
  readonly kind: "check_status";
  readonly providerReference?: ProviderReference;
  readonly details?: Readonly<Record<string, string>>;
}

/** What the gateway said of a refund, in an answer or a notification. */
export interface RefundFact {
  readonly kind: "refund_succeeded" | "refund_pending" | "refund_failed" | "refund_unknown";
  /** Ours, where the gateway knows it. */
  readonly refund?: RefundId;
  /** The gateway's name for it. */
  readonly refundProviderReference?: string;
  readonly amount?: Money;
  /** The payment's name at the gateway. */
  readonly providerReference?: ProviderReference;
  readonly providerStatus?: string;
  /** Why it failed or is unknown, if the gateway did not say so itself: e.g. `"time is up"`, or the code of a rejection. */
  readonly reason?: string;
  /** The gateway's code where it refused. */
  readonly providerCode?: string;
  readonly details?: Readonly<Record<string, string>>;
}

/** What a gateway may say by itself, and what is kept of it where nobody has the payment. */
export type CallbackFact = NotificationFact | StatusCheckFact | RefundFact;

/** What happens beside the payment's state and never moves it. */
export type SideFact =
  | StatusCheckFact
  | RefundFact
  | { readonly kind: "refund_requested"; readonly refund: RefundId; readonly amount: Money; readonly key?: string }
  /** The buyer's browser was given the form that leads to the gateway: once. */
  | { readonly kind: "form_opened" };

/** Everything that can move a payment: the answers to create, notifications, the clock and the shop. */
export type Fact =
  | {
      readonly kind: "create_accepted";
      readonly providerReference?: ProviderReference;
      readonly next: NextAction | SealedForm;
      /** Unix milliseconds; the provider's default deadline stands when absent. */
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

/** What a person did. Changes no state by itself: an accepted fact has a line of its own. */
export type OperatorAct =
  | ({ readonly kind: "review"; readonly review: ReviewId; readonly about: ReviewKind } & Omit<ReviewAction, "at">)
  | { readonly kind: "redrive"; readonly event: EventId; readonly handler: string; readonly by?: string };

/** One line of a payment's history: a fact or an act, and what came of it. The state is the fold of these. */
export interface HistoryEntry {
  /** Counts from 1 within the payment. */
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly fact: Fact | SideFact | OperatorAct | { readonly kind: "opened" };
  readonly from: string;
  readonly to: string;
  /** Reviews the fact called for. */
  readonly reviews: readonly string[];
}
