import type { RefundId } from "./ids.ts";
import type { Money } from "./money.ts";

export const REFUND_STATUSES = ["requested", "pending", "succeeded", "failed", "unknown"] as const;

/**
 * - `requested`: the amount is reserved, and Pay is calling the gateway
 * - `pending`: the gateway accepted it, and has not finished. After a week, a `refund_unknown` review opens
 * - `succeeded`, `failed`: finished. The amount of a `failed` refund is free again
 * - `unknown`: the gateway may have accepted it. Pay never repeats it; a notification or a person decides
 */
export type RefundStatus = (typeof REFUND_STATUSES)[number];

/** The gateway, or a person, has not yet said how the refund ended. */
export const UNDER_WAY_STATUSES: readonly RefundStatus[] = ["requested", "pending", "unknown"];

/** Money that goes back to the buyer. Plain JSON; times are Unix milliseconds. */
export interface Refund {
  readonly id: RefundId;
  readonly status: RefundStatus;
  /** In the payment's currency. */
  readonly amount: Money;
  /** `gateway`: started at the gateway, e.g. in its panel, and reported by a notification or recorded by a person. */
  readonly origin: "shop" | "gateway";
  /** The gateway's name for the refund, once Pay knows it. */
  readonly providerReference?: string;
  /**
   * The id under which Pay requested the refund, if a notification reported the refund before the answer arrived. `id` is then the id in
   * the event of that notification.
   */
  readonly requestedAs?: RefundId;
  /** The idempotency key of the call that requested or recorded it. The same key never stands for a second refund. */
  readonly key?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** True until the gateway or a person decides the outcome. */
export function isUnderWay({ status }: Refund): boolean {
  return UNDER_WAY_STATUSES.includes(status);
}

/** Finds the refund with this id, or the one that was requested under it. */
export function refundNamed(refunds: readonly Refund[], id: RefundId): Refund | undefined {
  return refunds.find((refund) => refund.id === id || refund.requestedAs === id);
}

/** Sums the minor units of a payment that were refunded or may be. */
export function refundedAmount(refunds: readonly Refund[]): number {
  return refunds.filter(({ status }) => status !== "failed").reduce((sum, { amount }) => sum + amount.value, 0);
}
