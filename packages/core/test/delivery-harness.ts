import { quietLogger } from "../../../test/support/quiet-logger.ts";
import { insertRequestOf, newRecord } from "../../../test/support/records.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import type { HandlerContext } from "../src/contract/pay.ts";
import type { DeliveryContext } from "../src/delivery/attempt.ts";
import { type DeliveryLoop, startDeliveryLoop } from "../src/delivery/deliver.ts";
import type { Handler } from "../src/delivery/handler.ts";
import type { EventOf, PaymentEvent } from "../src/model/event.ts";
import type { EventType } from "../src/model/event-types.ts";
import type { Fact } from "../src/model/fact.ts";
import { createIds, type PaymentId } from "../src/model/ids.ts";
import { recordFact } from "../src/recording/record-fact.ts";
import { idle, manualClock } from "../src/testing/manual-clock.ts";
import { watchedStore } from "./watched-store.ts";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const FAILED: Fact = { kind: "failed" };
export const SUCCEEDED: Fact = { kind: "succeeded" };
export const REVERSED: Fact = { kind: "reversed" };

const started: DeliveryLoop[] = [];
const clocks: ReturnType<typeof manualClock>[] = [];

/** Call it after each test. It stops what the test started, even if the test failed. */
export async function stopDelivering(): Promise<void> {
  for (const delivering of started.splice(0)) {
    const stopping = delivering.stop(MINUTE);
    for (const clock of clocks) await clock.advance(MINUTE);
    await stopping;
  }
  clocks.length = 0;
}

/** A store and its deliveries, which the test starts. */
export function createDeliveryHarness({
  random = seededRandom(1),
  onHandlerError,
}: Partial<Pick<DeliveryContext, "random" | "onHandlerError">> = {}) {
  const clock = manualClock();
  clocks.push(clock);
  const store = watchedStore();
  const logger = quietLogger();
  const ids = createIds(clock.now, seededRandom(2));
  const handlers: Handler[] = [];
  const handled: string[] = [];
  let delivering: DeliveryLoop | undefined;
  const harness = {
    clock,
    store,
    logger,
    /** The calls of handlers, as `handler type`, in order. */
    handled,
    /** The events of payments that handlers got. */
    events: [] as PaymentEvent[],
    on<T extends EventType>(
      type: T,
      name: string,
      run: (event: EventOf<T>, context: HandlerContext) => unknown = () => {},
    ) {
      handlers.push({
        type,
        name,
        tx: false,
        run(event, context) {
          handled.push(`${name} ${type}`);
          if ("payment" in event) harness.events.push(event);
          return run(event as EventOf<T>, context);
        },
      });
    },
    async start() {
      await store.registerHandlers(handlers);
      delivering = await startDeliveryLoop({ store, clock, random, ids, logger, handlers, onHandlerError });
      started.push(delivering);
      await idle();
      return delivering;
    },
    async payment(orderId = "order-1"): Promise<PaymentId> {
      const record = newRecord({ id: ids.payment(), orderId });
      await store.insert(insertRequestOf(record));
      return record.payment.id;
    },
    /** Records facts one by one. */
    async record(id: PaymentId, ...facts: Fact[]) {
      const context = {
        store,
        ids,
        logger,
        now: clock.now,
        wakeDelivery: () => delivering?.wake(),
        wakeStatusChecks() {},
        orderPaid() {},
      };
      for (const fact of facts) {
        await recordFact(context, { query: { merchantAccount: "fake:1", paymentId: id }, fact });
      }
      await idle();
    },
    statuses: async (id: PaymentId) =>
      (await store.deliveries(id)).map(({ handler, type, status }) => `${handler} ${type} ${status}`),
  };
  return harness;
}

/** A handler whose first `times` calls throw. */
export function failing(times = Number.POSITIVE_INFINITY, message = "no") {
  let left = times;
  return () => {
    if (left-- > 0) throw new Error(message);
  };
}

export const never = () => new Promise(() => {});
