import assert from "node:assert/strict";
import { type HandlerKey, type LeasedDelivery, type PaymentStore, streamOf } from "@pay/core/store";
import { same } from "../../same.ts";
import { HOUR, MINUTE, NOON, newReview, step } from "../fixtures/records.ts";
import { handler, lease, names, openWithEvents, recordEvent, statuses, write } from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

const GRANT = handler("grant-vip");
const MAIL = handler("send-mail");
const NOW = NOON + HOUR;
const UNTIL = NOW + MINUTE;

const delivered = { kind: "delivered", at: NOW } as const;
const released = { kind: "released", at: NOW } as const;
const retry = (dueAt: number, error = "Error: no") => ({ kind: "retry", at: NOW, dueAt, error }) as const;
const dead = (review = newReview({ kind: "dead_letter" })) =>
  ({ kind: "dead", at: NOW, error: "Error: never", review }) as const;

/** Tests how an attempt ends. */
export function testFinish(check: Check): void {
  ending(check);
  releasing(check);
  tooLate(check);
  testDeliveries(check);
}

function ending(check: Check): void {
  check("does not deliver again what was delivered", async (store) => {
    await store.registerHandlers([GRANT, MAIL]);
    const { record } = await openWithEvents(store, ["payment.succeeded"]);
    const [leased] = await lease(store, NOW, [GRANT]);
    await store.finishDelivery(leased!, delivered);
    same(await lease(store, NOW + 9 * HOUR, [GRANT]), []);
    same(await statuses(store, record), ["payment.succeeded grant-vip delivered", "payment.succeeded send-mail due"]);
  });

  check("retries what failed, when it is due and not before", async (store) => {
    await store.registerHandlers([GRANT]);
    const { events } = await openWithEvents(store, ["payment.succeeded"]);
    const [leased] = await lease(store, NOW, [GRANT]);
    const dueAt = NOW + 2 * HOUR;
    await store.finishDelivery(leased!, retry(dueAt));
    same(await lease(store, dueAt - 1, [GRANT]), []);
    same(await lease(store, dueAt, [GRANT]), [{ event: events[0], handler: "grant-vip", attempt: 2, lease: 2 }]);
  });

  check("retries before the lease would have ended, where it is due before", async (store) => {
    await store.registerHandlers([GRANT]);
    await openWithEvents(store, ["payment.succeeded"]);
    const [leased] = await lease(store, NOW, [GRANT], { until: NOW + HOUR });
    await store.finishDelivery(leased!, retry(NOW + MINUTE));
    same(names(await lease(store, NOW + MINUTE, [GRANT])), ["payment.succeeded grant-vip 2"]);
  });

  check("gives up a dead delivery and shows its review", async (store) => {
    await store.registerHandlers([GRANT]);
    const { record } = await openWithEvents(store, ["payment.succeeded"]);
    const [leased] = await lease(store, NOW, [GRANT]);
    const review = newReview({ kind: "dead_letter", paymentId: record.payment.id, details: { handler: "grant-vip" } });
    await store.finishDelivery(leased!, dead(review));
    same(await lease(store, NOW + 99 * HOUR, [GRANT]), []);
    same(await store.openReviews(10), [review]);
    same(await statuses(store, record), ["payment.succeeded grant-vip dead"]);
  });

  check("ends only the given delivery", async (store) => {
    const reversed = handler("grant-vip", "payment.reversed");
    await store.registerHandlers([GRANT, MAIL, reversed]);
    const { record } = await openWithEvents(store, ["payment.succeeded", "payment.reversed"]);
    const { record: other } = await openWithEvents(store, ["payment.succeeded"]);
    const leased = await lease(store, NOW, [GRANT, MAIL]);
    const one = leased.find(
      ({ event, handler: name }) => streamOf(event) === record.payment.id && name === "grant-vip",
    );
    await store.finishDelivery(one!, delivered);
    same(await statuses(store, record), [
      "payment.reversed grant-vip due",
      "payment.succeeded grant-vip delivered",
      "payment.succeeded send-mail leased",
    ]);
    same(await statuses(store, other), ["payment.succeeded grant-vip leased", "payment.succeeded send-mail leased"]);
  });

  check("counts an attempt that outlived its lease where nobody else took it", async (store) => {
    await store.registerHandlers([GRANT]);
    await openWithEvents(store, ["payment.succeeded"]);
    const [leased] = await lease(store, NOW, [GRANT], { until: UNTIL });
    await store.finishDelivery(leased!, { kind: "delivered", at: UNTIL + MINUTE });
    same(await lease(store, UNTIL + HOUR, [GRANT]), []);
  });
}

function releasing(check: Check): void {
  check(
    "takes a released attempt back, however many: it does not count, is no failure and is due at once",
    async (store) => {
      await store.registerHandlers([GRANT]);
      const { record } = await openWithEvents(store, ["payment.succeeded"]);
      const row = async () => {
        const [only] = await store.deliveries(record.payment.id);
        return [only?.status, only?.attempts, only?.error, only?.nextAttemptAt];
      };
      for (let n = 0; n < 12; n++) {
        const at = NOW + n * MINUTE;
        const [leased] = await lease(store, at, [GRANT], { until: at + HOUR });
        assert.equal(leased?.attempt, 1);
        await store.finishDelivery(leased, { kind: "released", at });
        same(await row(), ["due", 0, undefined, at]);
      }
      same(await store.failingDeliveries(10), []);
      const later = NOW + HOUR;
      const [last] = await lease(store, later, [GRANT]);
      await store.finishDelivery(last!, { kind: "delivered", at: later });
      same(await row(), ["delivered", 1, undefined, undefined]);
    },
  );

  check("keeps the attempts and the error from before a released attempt", async (store) => {
    await store.registerHandlers([GRANT]);
    const { record } = await openWithEvents(store, ["payment.succeeded"]);
    const [first] = await lease(store, NOW, [GRANT]);
    await store.finishDelivery(first!, retry(NOW + HOUR, "Error: once"));
    const [second] = await lease(store, NOW + HOUR, [GRANT]);
    await store.finishDelivery(second!, { kind: "released", at: NOW + HOUR });
    const [row] = await store.failingDeliveries(10);
    same([row?.status, row?.attempts, row?.error, row?.nextAttemptAt], ["due", 1, "Error: once", NOW + HOUR]);
    same(names(await lease(store, NOW + HOUR, [GRANT])), ["payment.succeeded grant-vip 2"]);
    same((await store.deliveries(record.payment.id))[0]?.error, "Error: once");
  });

  check("holds a payment's later events behind a released delivery", async (store) => {
    const reversed = handler("grant-vip", "payment.reversed");
    await store.registerHandlers([GRANT, reversed]);
    await openWithEvents(store, ["payment.succeeded", "payment.reversed"]);
    const [first] = await lease(store, NOW, [GRANT, reversed]);
    await store.finishDelivery(first!, released);
    same(names(await lease(store, NOW, [GRANT, reversed])), ["payment.succeeded grant-vip 1"]);
  });
}

/** Ends the attempt in every way. */
async function endInEveryWay(store: PaymentStore, stale: LeasedDelivery): Promise<void> {
  for (const outcome of [delivered, released, retry(NOW), dead()]) await store.finishDelivery(stale, outcome);
}

function tooLate(check: Check): void {
  check("ignores an attempt whose number another one has since a release or a redrive", async (store) => {
    await store.registerHandlers([GRANT]);
    const { record, events } = await openWithEvents(store, ["payment.succeeded"]);
    const [first] = await lease(store, NOW, [GRANT], { until: UNTIL });
    const [second] = await lease(store, UNTIL, [GRANT]);
    await store.finishDelivery(second!, { kind: "released", at: UNTIL });
    const [third] = await lease(store, UNTIL, [GRANT]);
    same([first?.attempt, second?.attempt, third?.attempt], [1, 2, 2]);
    const during = await store.deliveries(record.payment.id);
    await endInEveryWay(store, second!);
    same(await store.deliveries(record.payment.id), during, "after a release");

    await store.finishDelivery(third!, retry(NOW + 9 * HOUR));
    const pending = step(record, { kind: "pending" }, { updatedAt: UNTIL });
    await write(store, record, { ...pending, redriven: [{ eventId: events[0]!.id, handler: GRANT.name }] });
    const [fourth] = await lease(store, UNTIL, [GRANT]);
    same(fourth?.attempt, 1);
    const again = await store.deliveries(record.payment.id);
    await endInEveryWay(store, first!);
    same(await store.deliveries(record.payment.id), again, "after a redrive");
    same(await store.openReviews(10), []);
    await store.finishDelivery(fourth!, delivered);
    same(await statuses(store, record), ["payment.succeeded grant-vip delivered"]);
  });

  check("ignores an attempt whose lease went to another one, however it ended", async (store) => {
    await store.registerHandlers([GRANT]);
    const { record } = await openWithEvents(store, ["payment.succeeded"]);
    const [stale] = await lease(store, NOW, [GRANT], { until: UNTIL });
    const [current] = await lease(store, UNTIL, [GRANT], { until: UNTIL + MINUTE });
    const before = await store.deliveries(record.payment.id);
    for (const outcome of [delivered, released, retry(NOW), dead()]) {
      await store.finishDelivery(stale!, outcome);
      same(await store.deliveries(record.payment.id), before);
      same(await lease(store, UNTIL + MINUTE - 1, [GRANT]), []);
    }
    same(await store.openReviews(10), []);
    await store.finishDelivery(current!, delivered);
    same(await statuses(store, record), ["payment.succeeded grant-vip delivered"]);
  });

  check("ignores an attempt that ended already", async (store) => {
    await store.registerHandlers([GRANT]);
    const { record } = await openWithEvents(store, ["payment.succeeded"]);
    const [leased] = await lease(store, NOW, [GRANT]);
    await store.finishDelivery(leased!, retry(NOW + HOUR));
    await store.finishDelivery(leased!, dead());
    const [again] = await lease(store, NOW + HOUR, [GRANT]);
    assert.equal(again?.attempt, 2);
    await store.finishDelivery(again, delivered);
    await store.finishDelivery(again, dead());
    await store.finishDelivery(again, retry(NOW));
    same(await statuses(store, record), ["payment.succeeded grant-vip delivered"]);
    same(await lease(store, NOW + 9 * HOUR, [GRANT]), []);
    same(await store.openReviews(10), []);
  });

  check("ignores an attempt that was superseded after its lease ended", async (store) => {
    const sorry = handler("say-sorry", "payment.failed");
    await store.registerHandlers([sorry]);
    const { record } = await openWithEvents(store, ["payment.failed"]);
    const [stale] = await lease(store, NOW, [sorry], { until: UNTIL });
    await recordEvent(store, record, "payment.succeeded");
    await lease(store, UNTIL, [sorry]);
    await store.finishDelivery(stale!, dead());
    same(await statuses(store, record), ["payment.failed say-sorry superseded"]);
    same(await store.openReviews(10), []);
  });
}

/** Tests `deliveries`, which operators read. */
function testDeliveries(check: Check): void {
  check("lists a payment's deliveries in the order of its events, with attempts and the last error", async (store) => {
    const reversed = handler("send-mail", "payment.reversed");
    await store.registerHandlers([GRANT, MAIL, reversed]);
    const { record, events } = await openWithEvents(store, ["payment.succeeded", "payment.reversed"]);
    await openWithEvents(store, ["payment.succeeded"]);
    const [paid, back] = events;
    const rows = async () => {
      const listed = await store.deliveries(record.payment.id);
      same(
        listed.map(({ eventId }) => eventId),
        [paid!.id, paid!.id, back!.id],
        "events in order",
      );
      return [...listed].sort((a, b) => (a.type === b.type ? (a.handler < b.handler ? -1 : 1) : 0));
    };
    const row = (event: typeof paid, name: string, status: string, attempts: number, error?: string, dueAt = NOW) => {
      return {
        ...{ eventId: event!.id, type: event!.type, handler: name, status, attempts },
        ...(error && { error }),
        ...(status === "due" && { nextAttemptAt: dueAt }),
      };
    };

    const take = async (now: number, handlers: readonly HandlerKey[]) =>
      (await lease(store, now, handlers)).filter(({ event }) => event.id === paid!.id);

    await lease(store, NOW, []);
    const untouched = row(back, "send-mail", "due", 0);
    same(await rows(), [row(paid, "grant-vip", "due", 0), row(paid, "send-mail", "due", 0), untouched]);

    const leased = await take(NOW, [GRANT, MAIL]);
    same(await rows(), [row(paid, "grant-vip", "leased", 1), row(paid, "send-mail", "leased", 1), untouched]);

    for (const delivery of leased) {
      await store.finishDelivery(
        delivery,
        delivery.handler === "grant-vip" ? retry(NOW + HOUR, "Error: once") : dead(),
      );
    }
    const gone = row(paid, "send-mail", "dead", 1, "Error: never");
    same(await rows(), [row(paid, "grant-vip", "due", 1, "Error: once", NOW + HOUR), gone, untouched]);

    const [again] = await take(NOW + HOUR, [GRANT]);
    await store.finishDelivery(again!, retry(NOW + 2 * HOUR, "Error: twice"));
    same(await rows(), [row(paid, "grant-vip", "due", 2, "Error: twice", NOW + 2 * HOUR), gone, untouched]);

    const [last] = await take(NOW + 2 * HOUR, [GRANT]);
    await store.finishDelivery(last!, delivered);
    same(await rows(), [row(paid, "grant-vip", "delivered", 3), gone, untouched]);
  });
}
