import { isPayError, type Payment, type PaymentId, type Review, type ReviewResolution } from "@pay/core";
import type { Gateway, Transaction } from "./gateway.ts";
import type { Slot } from "./process.ts";
import type { World } from "./world.ts";

type Running = NonNullable<ReturnType<Slot["up"]>>["pay"];

/** The people who resolve reviews. They read the gateway's own pages, so they never confuse two payments. */
export interface Operator {
  /** Resolves one open review, perhaps at the same time as a colleague. */
  look(): void;
  /** Accepts all open reviews. */
  finish(): Promise<void>;
}

export function createOperator(world: World, slots: readonly Slot[], { transactions }: Gateway): Operator {
  const { dice, trace, violate } = world;

  const paymentOf = (review: Review<"unmatched">): PaymentId | undefined =>
    transactions.find(
      ({ kind, providerReference }) =>
        `${kind}:1` === review.details.merchantAccount && isNamed(review, providerReference),
    )?.paymentId;

  function acceptance(review: Review): ReviewResolution {
    const paymentId = review.kind === "unmatched" ? paymentOf(review) : undefined;
    if (review.kind === "unmatched" && paymentId === undefined) return { action: "dismiss" };
    return {
      action: "accept",
      ...(paymentId !== undefined && { paymentId }),
      ...(review.kind === "unrecognized" && { as: meaningOf(review) }),
    };
  }

  function meaningOf({ paymentId }: Review): "succeeded" | "failed" | "pending" {
    const asked = transactions.find((one) => one.kind === "bank" && one.paymentId === paymentId);
    return asked === undefined ? dice.pick(["failed", "pending"]) : truthOf(asked);
  }

  /** Records a payment that the bank's own page shows as paid, and then a refund of it, whose form reaches both processes. */
  async function record(): Promise<void> {
    const paid = transactions.filter((one) => one.kind === "bank" && truthOf(one) === "succeeded");
    if (paid.length === 0) return;
    const up = dice.pick(slots).up();
    try {
      const payment = await up?.pay.payments.record(dice.pick(paid).paymentId, { as: "succeeded", by: "ann" });
      if (payment === undefined) return;
      trace.note(`  ann records ${payment.id}: ${payment.state}`);
      await Promise.all(slots.map((slot) => recordRefund(slot, payment)));
    } catch (error) {
      trace.note(`  ann cannot record it: ${error}`);
    }
  }

  /** The ledger sees that one form tells of one refund. */
  async function recordRefund(slot: Slot, { amount, id, state }: Payment): Promise<void> {
    try {
      const made = { as: "refunded", amount: { ...amount, value: 1 }, idempotencyKey: "panel", by: "ann" } as const;
      if ((await slot.up()?.pay.payments.record(id, made)) === undefined) return;
      trace.note(`  ann records a refund of ${id}`);
    } catch (error) {
      if (isPayError(error) && error.code === "NOT_REFUNDABLE" && state === "succeeded")
        violate("a refund of a paid payment can be recorded", error.message);
      trace.note(`  ann cannot record the refund: ${error}`);
    }
  }

  function resolutionOf(review: Review): ReviewResolution {
    if (dice.chance(0.15)) return { action: "note", note: "asked the gateway" };
    return dice.chance(0.15) ? { action: "dismiss" } : acceptance(review);
  }

  /** True if the money of a superseded payment is gone or on its way, or nobody can say: then it cannot pay its order. */
  async function hasMoneyGone(pay: Running, review: Review): Promise<boolean> {
    if (review.kind !== "superseded_paid") return false;
    try {
      const refunds = await pay.payments.refunds(review.paymentId!);
      const history = await pay.payments.history(review.paymentId!);
      return refunds.some(({ status }) => status !== "failed") || history.some(({ fact }) => fact.kind === "reversed");
    } catch {
      return true;
    }
  }

  async function resolve(slot: Slot, review: Review, resolution: ReviewResolution): Promise<void> {
    const pay = slot.up()?.pay;
    if (pay === undefined) return;
    const dead = review.kind === "dead_letter" ? review.details : undefined;
    const redrives = dead !== undefined && resolution.action === "accept" && dice.chance(0.5);
    try {
      if (redrives)
        await pay.deliveries.redrive(review.paymentId!, { eventId: dead.event, handler: dead.handler, by: "ann" });
      else await pay.reviews.resolve(review.id, resolution);
      trace.note(`  ${review.kind}: ${resolution.action}`);
    } catch (error) {
      if (isPayError(error) && error.code === "INVALID_REQUEST" && !(await hasMoneyGone(pay, review)))
        violate("a fitting resolution is taken", error.message);
      trace.note(`  ${review.kind}: ${resolution.action} failed, ${error}`);
    }
  }

  return {
    async look() {
      if (dice.chance(0.1)) record();
      const listed = await slots[0]!
        .up()
        ?.pay.reviews.list({ limit: 200 })
        .catch(() => undefined);
      const reviews = listed?.reviews ?? [];
      if (reviews.length === 0) return;
      const review = dice.pick(reviews);
      resolve(dice.pick(slots), review, resolutionOf(review));
      if (dice.chance(0.3)) resolve(dice.pick(slots), review, resolutionOf(review));
    },
    async finish() {
      const up = slots.map((slot) => slot.up()).find((one) => one !== undefined);
      for (const review of (await up?.pay.reviews.list({ limit: 200 }))?.reviews ?? []) {
        await resolve(dice.pick(slots), review, acceptance(review));
      }
    },
  };
}

/** The state of the money: where the bank's words cannot be read, it came. */
function truthOf({ says }: Transaction): "succeeded" | "failed" | "pending" {
  return says === "failed" || says === "pending" ? says : "succeeded";
}

/** A second payment of the same buyer has a provider reference that begins with the first one's. */
function isNamed({ details }: Review<"unmatched">, providerReference: string): boolean {
  return (
    details.providerReference === providerReference ||
    details.providerReference?.startsWith(`${providerReference}-`) === true
  );
}
