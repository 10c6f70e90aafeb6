import type {
  AcceptedStatus,
  DeliveryStatus,
  HistoryEntry,
  PayErrorCode,
  PaymentEventType,
  PaymentState,
  RefundStatus,
  Review,
  ReviewAction,
  ReviewKind,
} from "@pay/core";
import type { Word } from "./en.ts";

export interface ReviewTexts {
  readonly name: string;
  /** A sentence. */
  readonly means: string;
  /** What accepting does; follows the word for "accepting" and a colon. */
  readonly accept: string;
}

/** Everything the pages say in one language. */
export interface Texts {
  readonly words: Readonly<Record<Word, string>>;
  readonly states: Readonly<Record<PaymentState, string>>;
  readonly reviews: Readonly<Record<ReviewKind, ReviewTexts>>;
  readonly reviewStatus: Readonly<Record<Review["status"], string>>;
  readonly actions: Readonly<Record<ReviewAction["action"], string>>;
  readonly as: Readonly<Record<AcceptedStatus, string>>;
  readonly facts: Readonly<Record<HistoryEntry["fact"]["kind"], string>>;
  readonly events: Readonly<Record<PaymentEventType, string>>;
  readonly deliveries: Readonly<Record<DeliveryStatus["status"], string>>;
  readonly refundStatus: Readonly<Record<RefundStatus, string>>;
  /** Those an operator may meet; the others have one text. */
  readonly errors: Readonly<Partial<Record<PayErrorCode, string>>>;
  readonly otherError: string;
}

/** The text with what stands in braces filled in. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
