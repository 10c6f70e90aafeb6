import { afterEach, describe, expect, it } from "@jest/globals";
import { createDeliveryHarness, failing, HOUR, SUCCEEDED, stopDelivering } from "../../test/delivery-harness.ts";
import { createShop, ORDER } from "../../test/shop.ts";
import type { ReviewEvent } from "../model/event.ts";
import type { PaymentId } from "../model/ids.ts";
import { idle, until } from "../testing/manual-clock.ts";

afterEach(stopDelivering);

/** A running shop that keeps the events of reviews, with a payment. */
async function withPayment({ alarm }: { readonly alarm?: () => void } = {}) {
  const shop = createShop();
  const events: ReviewEvent[] = [];
  shop.pay.on("review.opened", "alarm", alarm ?? ((event) => void events.push(event)));
  shop.pay.on("review.resolved", "alarm", (event) => void events.push(event));
  await shop.pay.start();
  const { id } = await shop.pay.checkout(ORDER as never);
  const notify = async (body: object) => {
    const request = { method: "POST", body: JSON.stringify(body) };
    await shop.pay.fetch(new Request("https://shop.example/pay/callbacks/cards", request));
    await idle();
  };
  return { ...shop, id, notify, told: events };
}

describe("a review", () => {
  it("that opens is told with what it is about, once however often the gateway repeats it", async () => {
    const { clock, id, notify, pay, told } = await withPayment();
    await notify({ providerReference: `R-${id}`, status: "paid?" });
    await notify({ providerReference: `R-${id}`, status: "paid?" });
    const [review] = (await pay.reviews.list()).reviews;
    expect(told).toEqual([
      { id: expect.stringMatching(/^evt_/), type: "review.opened", sequence: 1, occurredAt: clock.now(), review },
    ]);
    expect(review).toMatchObject({ kind: "unrecognized", paymentId: id, details: { providerStatus: "paid?" } });
    await pay.close();
  });

  it("that a person resolves is told with who did what, and a note alone is not", async () => {
    const { notify, id, pay, told } = await withPayment();
    await notify({ providerReference: `R-${id}`, status: "paid?" });
    const [review] = (await pay.reviews.list()).reviews;
    await pay.reviews.resolve(review!.id, { action: "note", note: "asked them", by: "Anna" });
    const resolved = await pay.reviews.resolve(review!.id, { action: "accept", as: "succeeded", by: "Jan" });
    await idle();
    expect(told.map(({ type, sequence }) => [type, sequence])).toEqual([
      ["review.opened", 1],
      ["review.resolved", 2],
    ]);
    expect(told[1]?.review).toEqual(resolved);
    expect(told[1]?.review).toMatchObject({
      status: "accepted",
      actions: [{ by: "Anna" }, { by: "Jan", as: "succeeded" }],
    });
    await pay.close();
  });

  it("is told together with the event of the payment that it is about", async () => {
    const { events, id, notify, pay, told } = await withPayment();
    await pay.cancel(id);
    await notify({ providerReference: `R-${id}`, status: "succeeded" });
    expect(events.map(({ type, late }) => [type, late])).toEqual([["payment.succeeded", true]]);
    expect(told.map(({ type, review }) => [type, review.kind])).toEqual([["review.opened", "late_success"]]);
    await pay.close();
  });

  it("of a notification without a payment is told with what the notification said", async () => {
    const { clock, notify, pay, told } = await withPayment();
    await notify({ providerReference: "LOST", status: "succeeded", amount: 500 });
    clock.step(HOUR);
    await clock.advance(11_000);
    await until(async () => told.length > 0);
    const said = { fact: "succeeded", amount: { value: 500, currency: "PLN" }, providerStatus: "succeeded" };
    expect(told[0]?.review).toMatchObject({ kind: "unmatched", details: { subject: "LOST", ...said } });
    expect(told[0]?.review.paymentId).toBeUndefined();
    await pay.close();
  });
});

describe("a handler of payments that fails for good", () => {
  it("has its dead letter told as a review that opens", async () => {
    const { harness, id } = await dead("payment.succeeded");
    expect(await harness.statuses(id)).toEqual(["vip payment.succeeded dead", "alarm review.opened delivered"]);
    const [review] = await harness.store.openReviews(10);
    expect(review).toMatchObject({ kind: "dead_letter", paymentId: id, details: { handler: "vip" } });
  });
});

describe("a handler of reviews that fails for good", () => {
  it("has a dead letter of its own, which is told to nobody: no chain of events comes of it", async () => {
    const { harness, id } = await dead("review.opened");
    const reviews = await harness.store.openReviews(10);
    expect(reviews.map(({ kind, paymentId }) => [kind, paymentId])).toEqual([
      ["contradiction", id],
      ["dead_letter", id],
    ]);
    expect(reviews[1]?.details).toMatchObject({ type: "review.opened", review: reviews[0]?.id });
    expect((await harness.statuses(id)).sort()).toEqual(["alarm review.opened delivered", "vip review.opened dead"]);
  });
});

/** A payment, or a review of it, whose handler `vip` failed at every attempt. The handler `alarm` gets the events of reviews. */
async function dead(type: "payment.succeeded" | "review.opened") {
  const harness = createDeliveryHarness();
  harness.on(type, "vip", failing());
  harness.on("review.opened", "alarm");
  await harness.start();
  const id: PaymentId = await harness.payment();
  await harness.record(id, SUCCEEDED);
  if (type === "review.opened")
    await harness.record(id, { kind: "create_rejected", code: "refused", retryable: false });
  await until(async () => {
    harness.clock.step(30 * HOUR);
    await harness.clock.advance(11_000);
    return (await harness.statuses(id)).some((status) => status.endsWith("dead"));
  });
  await harness.clock.advance(60_000);
  await idle();
  return { harness, id };
}

describe("a dead letter about a review that has no payment", () => {
  it.each(["resolve", "redrive", "redrive after the dismissal"])("is delivered again by %s", async (way) => {
    const { clock, notify, pay } = await withPayment({ alarm: failing(10) });
    await notify({ providerReference: "LOST", status: "succeeded" });
    await until(async () => {
      clock.step(30 * HOUR);
      await clock.advance(11_000);
      return (await pay.reviews.list()).reviews.some(({ kind }) => kind === "dead_letter");
    });
    const [unmatched, letter] = (await pay.reviews.list()).reviews;
    expect(letter).toMatchObject({ kind: "dead_letter", details: { review: unmatched!.id } });
    if (way === "redrive after the dismissal") await pay.reviews.resolve(letter!.id, { action: "dismiss" });
    const [row] = await pay.deliveries.list(unmatched!.id);
    if (way === "resolve") await pay.reviews.resolve(letter!.id, { action: "accept", by: "Anna" });
    else await pay.deliveries.redrive(unmatched!.id, { eventId: row!.eventId, handler: row!.handler, by: "Anna" });
    await until(async () => (await pay.deliveries.list(unmatched!.id))[0]?.status === "delivered");
    expect((await pay.reviews.list()).reviews.map(({ kind }) => kind)).toEqual(["unmatched"]);
    await pay.close();
  });
});
