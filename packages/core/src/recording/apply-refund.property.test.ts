import { describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { testRuns } from "../../../../test/support/runs.ts";
import { createRefundHarness, PRICE, pln } from "../../test/refund-harness.ts";
import type { RefundOutcome } from "../contract/provider.ts";
import type { Refund } from "../model/refund.ts";

// For the long mode.
jest.setTimeout(600_000);

/** Three refunds by the shop, too much for the payment together, and one that is started at the gateway. */
const AMOUNTS = [500, 900, PRICE, 700] as const;
const PANEL = 3;

type Message =
  | {
      readonly kind: "refund";
      readonly which: number;
      readonly answer: "succeeded" | "pending" | "rejected" | "unknown";
      /** True if the gateway's answer contains its name for the refund. */
      readonly named: boolean;
    }
  | {
      readonly kind: "told";
      readonly which: number;
      readonly status: "succeeded" | "pending" | "failed";
      readonly names: "ours" | "theirs" | "both" | "none";
      readonly amount: "right" | "other" | "absent";
      readonly eventId: string | undefined;
    };

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    kind: fc.constant("refund" as const),
    which: fc.nat(PANEL - 1),
    answer: fc.constantFrom("succeeded", "pending", "rejected", "unknown"),
    named: fc.boolean(),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("told" as const),
      which: fc.nat(PANEL),
      status: fc.constantFrom("succeeded", "pending", "failed"),
      names: fc.constantFrom("ours", "theirs", "theirs", "both", "none"),
      amount: fc.constantFrom("right", "right", "right", "other", "absent"),
      eventId: fc.constantFrom(undefined, "1", "2"),
    }),
  },
);

/** A few messages, in any order, each any number of times. */
const play = fc
  .array(message, { minLength: 1, maxLength: 8 })
  .chain((messages) =>
    fc.array(fc.nat(messages.length - 1), { maxLength: 20 }).map((order) => order.map((i) => messages[i]!)),
  );

type Harness = Awaited<ReturnType<typeof createRefundHarness>>;

async function perform(messages: readonly Message[], after: (harness: Harness) => Promise<void>): Promise<Harness> {
  const harness = await createRefundHarness();
  const references = new Map<number, string>();
  for (const one of messages) {
    const { which } = one;
    if (one.kind === "refund") {
      harness.answers[0] = ({ refundMerchantReference }) => {
        references.set(which, refundMerchantReference);
        return outcomeOf(one);
      };
      await harness.refund({ amount: pln(AMOUNTS[which]!), idempotencyKey: `key-${which}` }).catch(() => {});
    } else {
      const merchantReference = one.names === "ours" || one.names === "both" ? references.get(which) : undefined;
      const providerReference = one.names === "theirs" || one.names === "both" ? `F${which}` : undefined;
      const amount = one.amount === "absent" ? undefined : pln(AMOUNTS[which]! + (one.amount === "other" ? 1 : 0));
      const reported = {
        status: one.status,
        ...(merchantReference && { merchantReference }),
        ...(providerReference && { providerReference }),
        ...(amount && { amount }),
      };
      await harness.notifyRefund(reported, one.eventId === undefined ? {} : { eventId: one.eventId });
    }
    await after(harness);
  }
  return harness;
}

function outcomeOf({ answer, named, which }: Extract<Message, { kind: "refund" }>): RefundOutcome {
  if (answer === "rejected") return { kind: "rejected", code: "declined", retryable: false };
  if (answer === "unknown") return { kind: "unknown", cause: new Error("ECONNRESET") };
  return { kind: answer, ...(named && { providerReference: `F${which}` }) };
}

const held = (refunds: readonly Refund[], origin: string) =>
  refunds
    .filter((one) => one.origin === origin && one.status !== "failed")
    .reduce((sum, { amount }) => sum + amount.value, 0);

const holds = (check: (messages: readonly Message[]) => Promise<void>) =>
  fc.assert(fc.asyncProperty(play, check), { numRuns: testRuns(), seed: 7 });

describe("refunds, whatever is done and told in whatever order,", () => {
  it("never hold back more of the shop's own than was paid, unless one succeeded after it had failed", () =>
    holds(async (messages) => {
      await perform(messages, async (harness) => {
        const own = held(await harness.refunds(), "shop");
        const repeated = (await harness.reviews()).includes("contradiction");
        expect(own <= PRICE || repeated ? "fine" : `${own} of ${PRICE}`).toBe("fine");
      });
    }));

  it("stay succeeded once they did", () =>
    holds(async (messages) => {
      const done = new Set<string>();
      await perform(messages, async (harness) => {
        const succeeded = (await harness.refunds()).filter(({ status }) => status === "succeeded").map(({ id }) => id);
        expect(succeeded).toEqual(expect.arrayContaining([...done]));
        for (const id of succeeded) done.add(id);
      });
    }));

  it("have one event when they succeed, one at most when they fail, and none of a failure after a success", () =>
    holds(async (messages) => {
      const harness = await perform(messages, async () => {});
      const reported = (id: string) => harness.events.filter(({ refund }) => refund?.id === id).map(({ type }) => type);
      const refunds = await harness.refunds();
      for (const { id, status } of refunds) {
        const allowed = {
          succeeded: ["refund.succeeded", "refund.failed refund.succeeded"],
          failed: ["refund.failed"],
        };
        expect(status === "succeeded" || status === "failed" ? allowed[status] : [""]).toContain(
          reported(id).join(" "),
        );
      }
      expect(harness.events.filter(({ refund }) => !refunds.some(({ id }) => id === refund?.id))).toEqual([]);
    }));

  it("leave no open question about one that ended", () =>
    holds(async (messages) => {
      await perform(messages, async (harness) => {
        const ended = (await harness.refunds()).filter(({ status }) => status === "succeeded" || status === "failed");
        for (const { details, kind } of await harness.store.openReviews(100)) {
          if (kind !== "refund_unknown" || details.refund === undefined) continue;
          expect(ended.map(({ id }) => id)).not.toContain(details.refund);
        }
      });
    }));

  it("are one for each name the gateway has, and one for each key of the shop's", () =>
    holds(async (messages) => {
      const refunds = await (await perform(messages, async () => {})).refunds();
      for (const names of [refunds.map(({ providerReference }) => providerReference), refunds.map(({ key }) => key)]) {
        const known = names.filter((name) => name !== undefined);
        expect(new Set(known).size).toBe(known.length);
      }
    }));

  it("ask the gateway once for each key, and never for more than is left", () =>
    holds(async (messages) => {
      const harness = await perform(messages, async () => {});
      const amounts = harness.requests.map(({ refundAmount }) => refundAmount.value);
      expect(new Set(amounts).size).toBe(amounts.length);
    }));

  it("leave a history without a gap, in which the payment stays succeeded", () =>
    holds(async (messages) => {
      const harness = await perform(messages, async () => {});
      const { payment, version } = await harness.record(harness.id);
      const history = await harness.store.history(harness.id);
      expect(history.map(({ sequence }) => sequence)).toEqual(Array.from({ length: version }, (_, n) => n + 1));
      expect(payment.state).toBe("succeeded");
      expect(new Set(history.slice(2).map(({ to }) => to))).toEqual(new Set(["succeeded"]));
      const events = harness.events.map(({ sequence }) => sequence);
      expect(new Set(events).size).toBe(events.length);
    }));
});
