import type { RefundRequest } from "../src/contract/pay.ts";
import type { Call, ParsedCallback, ProviderRefundRequest, RefundOutcome } from "../src/contract/provider.ts";
import type { PaymentStore } from "../src/contract/store.ts";
import type { PaymentEvent } from "../src/model/event.ts";
import type { Money } from "../src/model/money.ts";
import { refund } from "../src/refunds/refund.ts";
import { type StatusCheckLoop, startStatusCheckLoop } from "../src/status/run-status-checks.ts";
import { memoryStore } from "../src/store/memory.ts";
import { fakeProvider } from "../src/testing/fake-provider.ts";
import { idle } from "../src/testing/manual-clock.ts";
import { createHarness } from "./harness.ts";
import { watchedStore } from "./watched-store.ts";

export type RefundReport = Extract<ParsedCallback, { kind: "refund" }>["refund"];
type Answer =
  | RefundOutcome
  | Error
  | ((request: ProviderRefundRequest, call: Call) => RefundOutcome | Promise<RefundOutcome>);

/** The price of the payment. */
export const PRICE = 1999;
export const pln = (amount: number): Money => ({ value: amount, currency: "PLN" });

/** A payment of 19.99 PLN at a gateway that answers refunds as the test wants. It repeats the last answer. */
export async function createRefundHarness({ paid = true, seed = 1 } = {}) {
  const answers: Answer[] = [{ kind: "succeeded" }];
  const requests: ProviderRefundRequest[] = [];
  const events: PaymentEvent[] = [];
  const cards = fakeProvider({
    can: {
      async refund(request, call) {
        requests.push(request);
        const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
        if (answer instanceof Error) throw answer;
        return typeof answer === "function" ? answer(request, call) : answer;
      },
    },
  });
  const without = fakeProvider({ merchantAccount: "fake:2" });
  const store = watchedStore(recording(memoryStore(), events));
  const harness = createHarness({ providers: { cards, without }, store, seed });
  const { id } = await harness.checkout();
  if (paid)
    await harness.notify("cards", {
      kind: "notification",
      about: { paymentId: id },
      reported: { status: "succeeded" },
    });
  events.length = 0;
  let keys = 0;
  return {
    ...harness,
    cards,
    id,
    answers,
    /** The refund requests to the gateway, in order. */
    requests,
    /** Events of the refunds, in order. */
    events,
    refundEvents: () => events.map(({ refund: about, type }) => [type, about?.id, about?.amount.value]),
    refund: (given: Partial<RefundRequest> = {}, providerName = "cards", paymentId: string = id) =>
      refund(harness.context, providerName, paymentId, { idempotencyKey: `key-${++keys}`, ...given }),
    /** Handles a callback in which the gateway reports a refund. */
    notifyRefund: (about: RefundReport, over: object = {}) =>
      harness.notify("cards", { kind: "refund", about: { paymentId: id }, refund: about, ...over }),
    refunds: async () => (await harness.record(id)).refunds ?? [],
    statuses: async () => ((await harness.record(id)).refunds ?? []).map(({ status }) => status),
    async statusChecks(): Promise<StatusCheckLoop> {
      const statusChecks = startStatusCheckLoop(harness.context);
      harness.onStatusCheck = statusChecks.wake;
      await idle();
      return statusChecks;
    },
  };
}

/** A store that also collects every written event of a payment. */
function recording(store: PaymentStore, events: PaymentEvent[]): PaymentStore {
  return {
    ...store,
    update: (query, decide) =>
      store.update(query, (found) => {
        const decision = decide(found);
        events.push(...decision.changes.events.filter((event) => "payment" in event));
        return decision;
      }),
  };
}
