import type { RefundId } from "./ids.ts";
import type { Money } from "./money.ts";

export const REFUND_STATUSES = ["requested", "pending", "succeeded", "failed", "unknown"] as const;

/**
 * - `requested`: its amount is reserved, the gateway is being asked
 * - `pending`: the gateway took it, and is not done
 * - `succeeded`, `failed`: done; a `failed` one holds nothing of the payment back any more
 * - `unknown`: nobody knows whether the gateway took it. Never asked for again; a notification or a person settles it
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
  /** `gateway`: begun at the gateway, e.g. in its panel, and heard of by notification. */
  readonly origin: "shop" | "gateway";
  /** The gateway's name for it, once it was seen. */
  readonly providerReference?: string;
  /** The id the gateway was asked under, where it told of the refund before it answered, so that it has the id it was told under. */
  readonly requestedAs?: RefundId;
  /** The shop's key for it: the same key never asks for a second one. */
  readonly key?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Whether the gateway, or a person, has yet to say what became of it. */
export function isUnderWay({ status }: Refund): boolean {
  return UNDER_WAY_STATUSES.includes(status);
}

/** The refund of this id, or the one that was asked for under it. */
export function refundNamed(refunds: readonly Refund[], id: RefundId): Refund | undefined {
  return refunds.find((refund) => refund.id === id || refund.requestedAs === id);
}

/** Minor units of a payment that went back, or may be going back. */
export function refundedAmount(refunds: readonly Refund[]): number {
  return refunds.filter(({ status }) => status !== "failed").reduce((sum, { amount }) => sum + amount.value, 0);
}
