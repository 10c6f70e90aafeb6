import { describe, expect, it } from "@jest/globals";
import { createHarness } from "../../test/harness.ts";
import { createShop, ORDER } from "../../test/shop.ts";
import type { ParsedCallback } from "../contract/provider.ts";
import { DELIVERY_DELAYS_MS } from "../delivery/attempt.ts";
import type { PaymentId, ReviewId } from "../model/ids.ts";
import type { ReviewResolution } from "../model/review.ts";
import { sweep } from "../status/sweep.ts";
import { fakeProvider, providerReference } from "../testing/fake-provider.ts";
import type { ManualClock } from "../testing/manual-clock.ts";
import { resolveReview } from "./resolve.ts";

const HOUR = 3_600_000;

type Notification = Extract<ParsedCallback, { kind: "notification" }>;
const says = (
  id: PaymentId,
  status: Notification["reported"]["status"],
  over: Partial<Notification> & { readonly amount?: number } = {},
): ParsedCallback => {
  const { amount, ...rest } = over;
  const reported = {
    status,
    providerStatus: `raw ${status}`,
    ...(amount !== undefined && { amount: { value: amount, currency: "PLN" } }),
  };
  return { kind: "notification", about: { paymentId: id }, reported, ...rest };
};

/** A payment with one open review, and a function that resolves it. */
async function withReview(
  parsed: (id: PaymentId) => ParsedCallback,
  before: (id: PaymentId) => readonly ParsedCallback[] = () => [],
) {
  const harness = createHarness();
  const { id } = await harness.checkout();
  for (const earlier of before(id)) await harness.notify("cards", earlier);
  await harness.notify("cards", parsed(id));
  const [review, ...others] = await harness.store.openReviews(10);
  expect(others).toEqual([]);
  const resolve = (resolution: unknown) =>
    resolveReview(harness.context, review!.id, resolution as ReviewResolution).then(
      (resolved) => resolved.status,
      (error) => `${error.code} ${error.field ?? ""}`.trim(),
    );
  return { harness, id, review: review!, resolve };
}

/** A notification, one hour old, about an unknown provider reference, and a payment of the same account without a reference. */
async function withUnmatched(status: Notification["reported"]["status"] = "succeeded") {
  const cards = fakeProvider();
  cards.onCreate = () => ({ kind: "unknown", cause: new Error("time is up") });
  const harness = createHarness({ providers: { cards } });
  await harness.checkout().catch(() => {});
  const id = (await harness.store.order("order-1")).payments[0]!.payment.id;
  const about = { providerReference: providerReference("LOST") };
  await harness.notify("cards", { kind: "notification", about, reported: { status } });
  await harness.clock.advance(HOUR);
  await sweep(harness.context);
  const review = (await harness.store.openReviews(10)).find(({ kind }) => kind === "unmatched")!;
  return { harness, id, review };
}

describe("accepting a review", () => {
  it("of a success of nothing is refused: the payment would be paid and sent back at once", async () => {
    const { harness, id, resolve } = await withReview((id) => says(id, "succeeded", { amount: 0 }));
    expect(await resolve({ action: "accept" })).toBe("INVALID_REQUEST action");
    expect((await harness.record(id)).payment.state).toBe("pending");
    expect(await resolve({ action: "dismiss" })).toBe("dismissed");
  });

  it("of an unrecognized status applies what the person says it means, and tells the shop", async () => {
    const { harness, id, review, resolve } = await withReview((id) => says(id, "unrecognized"));
    const wakes = harness.wakes;
    expect(await resolve({ action: "accept", as: "succeeded", by: "Anna", note: "seen in their panel" })).toBe(
      "accepted",
    );
    const { payment } = await harness.record(id);
    expect(payment.state).toBe("succeeded");
    expect(harness.wakes).toBe(wakes + 1);
    expect((await harness.store.history(id)).slice(-2)).toMatchObject([
      {
        fact: {
          kind: "review",
          review: review.id,
          about: "unrecognized",
          action: "accept",
          as: "succeeded",
          by: "Anna",
        },
      },
      { fact: { kind: "succeeded", providerStatus: "raw unrecognized" }, from: "pending", to: "succeeded" },
    ]);
    expect(await harness.store.review(review.id)).toMatchObject({
      status: "accepted",
      actions: [{ action: "accept", as: "succeeded", by: "Anna", note: "seen in their panel" }],
    });
  });

  it.each(["failed", "pending", "reversed"] as const)("of an unrecognized status may take it for %s", async (as) => {
    const { harness, id, resolve } = await withReview((id) => says(id, "unrecognized"));
    expect(await resolve({ action: "accept", as })).toBe("accepted");
    expect((await harness.facts(id)).at(-1)).toBe(as);
  });

  it.each([
    ["succeeded", "failed", "contradiction"],
    ["failed", "succeeded", "late_success"],
  ] as const)(
    "of an unrecognized status as %s is a person's word: the gateway's %s afterwards opens a %s",
    async (as, later, kind) => {
      const { harness, id, resolve } = await withReview((id) => says(id, "unrecognized"));
      await resolve({ action: "accept", as, by: "Anna" });
      await harness.notify("cards", says(id, later));
      expect((await harness.record(id)).payment.state).toBe("succeeded");
      expect(await harness.reviews()).toEqual([kind]);
    },
  );

  it("of an unrecognized status is refused as failed where the payment is paid, and stays to be decided", async () => {
    const { harness, id, resolve } = await withReview(
      (id) => says(id, "unrecognized"),
      (id) => [says(id, "succeeded")],
    );
    expect(await resolve({ action: "accept", as: "failed" })).toBe("ALREADY_SUCCEEDED");
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    expect(await harness.reviews()).toEqual(["unrecognized"]);
  });

  it.each([
    ["amount", { amount: 1998 }],
    ["reference", { providerReference: providerReference("OTHER") }],
  ] as const)(
    "of another %s is a person's word: a failure that is not final afterwards opens a review",
    async (_, over) => {
      const { harness, id, resolve } = await withReview((id) => says(id, "succeeded", over));
      await resolve({ action: "accept", by: "Anna" });
      await harness.notify("cards", says(id, "failed"));
      expect((await harness.record(id)).payment.state).toBe("succeeded");
      expect(await harness.reviews()).toEqual(["contradiction"]);
    },
  );

  it("of another amount takes it as the success it said it was", async () => {
    const { harness, id, resolve } = await withReview((id) => says(id, "succeeded", { amount: 1998 }));
    expect((await harness.record(id)).payment.state).toBe("pending");
    expect(await resolve({ action: "accept" })).toBe("accepted");
    const record = await harness.record(id);
    expect(record.payment).toMatchObject({ state: "succeeded", amount: { value: 1999 } });
    expect(await harness.reviews()).toEqual([]);
  });

  it("of another provider reference takes it as success, and keeps the first reference", async () => {
    const { harness, id, resolve } = await withReview((id) =>
      says(id, "succeeded", { providerReference: providerReference("OTHER") }),
    );
    expect(await resolve({ action: "accept" })).toBe("accepted");
    expect((await harness.record(id)).payment).toMatchObject({ state: "succeeded", providerReference: `R-${id}` });
  });

  it.each<[string, Partial<ParsedCallback>]>([
    ["a change", { kind: "check_status" }],
    [
      "a refund",
      {
        kind: "refund",
        refund: { providerReference: "F1", status: "succeeded", amount: { value: 1, currency: "PLN" } },
      },
    ],
  ])("of another provider reference makes no success of %s", async (_, said) => {
    const { harness, id, review, resolve } = await withReview(
      (id) => ({ ...said, about: { paymentId: id }, providerReference: providerReference("OTHER") }) as ParsedCallback,
    );
    expect(review.kind).toBe("reference_mismatch");
    expect(await resolve({ action: "accept" })).toBe("accepted");
    expect((await harness.record(id)).payment.state).toBe("pending");
  });

  it("of what is only to be known closes it, and changes nothing else", async () => {
    const { harness, id, resolve } = await withReview((id) => says(id, "reversed"));
    const before = await harness.record(id);
    expect(await resolve({ action: "accept" })).toBe("accepted");
    const after = await harness.record(id);
    expect(after).toEqual({
      ...before,
      version: before.version + 1,
      payment: { ...before.payment, updatedAt: harness.clock.now() },
    });
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "reversed", "review"]);
  });

  it("of an unmatched notification gives it to the named payment, with its reference, and adopts what else arrived under that", async () => {
    const { harness, id, review } = await withUnmatched("failed");
    expect(review.candidates).toEqual([id]);
    await harness.notify("cards", {
      kind: "notification",
      about: { providerReference: providerReference("LOST") },
      reported: { status: "succeeded" },
    });
    await resolveReview(harness.context, review.id, { action: "accept", paymentId: id });
    expect((await harness.record(id)).payment).toMatchObject({ state: "succeeded", providerReference: "LOST" });
    expect((await harness.facts(id)).slice(-3)).toEqual(["review", "failed", "succeeded"]);
    expect(await harness.store.staleUnmatched(harness.clock.now(), 10)).toEqual([]);
  });

  it("of an unmatched notification closes those of what else arrived under its reference", async () => {
    const { harness, id, review } = await withUnmatched("failed");
    const about = { providerReference: providerReference("LOST") };
    await harness.notify("cards", { kind: "notification", about, reported: { status: "succeeded" } });
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    const other = (await harness.store.openReviews(10)).find(
      (open) => open.kind === "unmatched" && open.id !== review.id,
    );
    await resolveReview(harness.context, review.id, { action: "accept", paymentId: id });
    expect(await harness.store.review(review.id)).toMatchObject({
      status: "accepted",
      actions: [{ action: "accept" }],
    });
    expect(await harness.store.review(other!.id)).toMatchObject({
      status: "answered",
      actions: [{ action: "answer", by: "gateway", paymentId: id }],
    });
  });

  it("happens once where two do it at the same moment", async () => {
    const { harness, id, resolve } = await withReview((id) => says(id, "unrecognized"));
    const results = await Promise.all([
      resolve({ action: "accept", as: "succeeded" }),
      resolve({ action: "accept", as: "failed" }),
      resolve({ action: "dismiss" }),
    ]);
    expect(results.filter((status) => status === "REVIEW_CLOSED")).toHaveLength(2);
    expect((await harness.facts(id)).filter((kind) => kind === "review")).toHaveLength(1);
  });
});

describe("the review of an unmatched notification", () => {
  it("closes by itself when the notification finds its payment, and the shop is told", async () => {
    const { harness, id, review } = await withUnmatched();
    const ops = [{ name: "ops", type: "review.resolved" }] as const;
    await harness.store.registerHandlers(ops);
    await harness.notify("cards", says(id, "pending", { providerReference: providerReference("LOST") }));
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    const answer = { at: harness.clock.now(), action: "answer", by: "gateway", paymentId: id };
    const answered = { ...review, status: "answered", actions: [answer] };
    expect(await harness.store.review(review.id)).toEqual(answered);
    const now = harness.clock.now();
    const told = await harness.store.leaseDeliveries({ now, until: now + HOUR, handlers: ops, limit: 10 });
    expect(told.map(({ event }) => event)).toEqual([
      expect.objectContaining({ type: "review.resolved", sequence: 2, review: answered }),
    ]);
    await expect(resolveReview(harness.context, review.id, { action: "dismiss" })).rejects.toMatchObject({
      code: "REVIEW_CLOSED",
    });
  });

  it("stays open while another notification finds its payment", async () => {
    const { harness, id, review } = await withUnmatched();
    const about = { providerReference: providerReference("OTHER") };
    await harness.notify("cards", { kind: "notification", about, reported: { status: "succeeded" } });
    await harness.notify("cards", says(id, "pending", { providerReference: about.providerReference }));
    expect((await harness.store.review(review.id))?.status).toBe("open");
  });

  it("keeps its notes when it closes by itself", async () => {
    const { harness, id, review } = await withUnmatched();
    await resolveReview(harness.context, review.id, { action: "note", note: "whose is this?" });
    await harness.notify("cards", says(id, "pending", { providerReference: providerReference("LOST") }));
    expect((await harness.store.review(review.id))?.actions.map(({ action }) => action)).toEqual(["note", "answer"]);
  });
});

describe("dismissing a review", () => {
  it("changes no state, and leaves a line of history", async () => {
    const { harness, id, resolve } = await withReview((id) => says(id, "unrecognized"));
    expect(await resolve({ action: "dismiss", by: "Anna" })).toBe("dismissed");
    expect((await harness.record(id)).payment.state).toBe("pending");
    expect((await harness.store.history(id)).at(-1)).toMatchObject({
      fact: { kind: "review", action: "dismiss", by: "Anna" },
      from: "pending",
      to: "pending",
    });
    expect(await harness.reviews()).toEqual([]);
  });

  it("of an unmatched notification removes it: it is counted and adopted no more", async () => {
    const { harness, id, review } = await withUnmatched();
    await resolveReview(harness.context, review.id, { action: "dismiss" });
    await harness.notify("cards", says(id, "pending", { providerReference: providerReference("LOST") }));
    expect((await harness.record(id)).payment.state).not.toBe("succeeded");
    expect(await harness.store.review(review.id)).toMatchObject({
      status: "dismissed",
      actions: [{ action: "dismiss" }],
    });
  });
});

describe("resolving the review of an unmatched notification", () => {
  it("leaves what else came under its name", async () => {
    const { harness, id, review } = await withUnmatched("failed");
    const about = { providerReference: providerReference("LOST") };
    await harness.notify("cards", { kind: "notification", about, reported: { status: "succeeded" } });
    await resolveReview(harness.context, review.id, { action: "dismiss" });
    await harness.notify("cards", says(id, "pending", { providerReference: about.providerReference }));
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    expect(await harness.facts(id)).not.toContain("failed");
  });
});

describe("a note", () => {
  it("may come from a form or a table: line ends of browsers become line feeds, and tabs spaces", async () => {
    const { resolve, review, harness } = await withReview((id) => says(id, "unrecognized"));
    expect(await resolve({ action: "note", note: "seen:\r\n19.99\tPLN", by: "Anna\tNowak" })).toBe("open");
    expect((await harness.store.review(review.id))?.actions).toMatchObject([
      { note: "seen:\n19.99 PLN", by: "Anna Nowak" },
    ]);
  });

  it("leaves the review open, and is kept with it and in the history", async () => {
    const { harness, id, review, resolve } = await withReview((id) => says(id, "unrecognized"));
    expect(await resolve({ action: "note", note: "asked the gateway", by: "Anna" })).toBe("open");
    expect(await resolve({ action: "note", note: "no answer yet" })).toBe("open");
    expect((await harness.store.review(review.id))?.actions.map(({ note }) => note)).toEqual([
      "asked the gateway",
      "no answer yet",
    ]);
    expect((await harness.facts(id)).slice(-2)).toEqual(["review", "review"]);
    expect(await harness.reviews()).toEqual(["unrecognized"]);
  });

  it("on an unmatched notification is kept with the review", async () => {
    const { harness, review } = await withUnmatched();
    await resolveReview(harness.context, review.id, { action: "note", note: "whose is this?" });
    expect((await harness.store.openReviews(10)).find(({ id }) => id === review.id)?.actions).toHaveLength(1);
  });
});

describe("a resolution that is wrong", () => {
  it.each<[string, unknown, string]>([
    ["nothing", undefined, "INVALID_REQUEST resolution"],
    ["an unknown action", { action: "accep" }, "INVALID_REQUEST action"],
    ["an unknown field", { action: "dismiss", why: 1 }, "INVALID_REQUEST why"],
    ["no meaning for an unrecognized status", { action: "accept" }, "INVALID_REQUEST as"],
    ["a meaning that is none", { action: "accept", as: "paid" }, "INVALID_REQUEST as"],
    [
      "a payment where none is asked for",
      { action: "accept", as: "failed", paymentId: `pay_${"0".repeat(26)}` },
      "INVALID_REQUEST paymentId",
    ],
    ["a payment id that is none", { action: "accept", as: "failed", paymentId: "42" }, "INVALID_REQUEST paymentId"],
    ["an empty note", { action: "note", note: "  " }, "INVALID_REQUEST note"],
    ["a note with a control character", { action: "note", note: "a\u0000b" }, "INVALID_REQUEST note"],
    ["a note with half a character", { action: "note", note: "a\ud800" }, "INVALID_REQUEST note"],
    ["a note that is too long", { action: "note", note: "x".repeat(2001) }, "INVALID_REQUEST note"],
    ["a name that is no text", { action: "dismiss", by: 7 }, "INVALID_REQUEST by"],
  ])("is refused and changes nothing: %s", async (_, resolution, expected) => {
    const { harness, id, resolve } = await withReview((id) => says(id, "unrecognized"));
    const before = [await harness.store.history(id), await harness.store.openReviews(10)];
    expect(await resolve(resolution)).toBe(expected);
    expect([await harness.store.history(id), await harness.store.openReviews(10)]).toEqual(before);
  });

  it.each([
    ["dismiss", "as", "failed"],
    ["note", "as", "failed"],
    ["dismiss", "paymentId", `pay_${"0".repeat(26)}`],
  ])("names the action that a field belongs to: %s with %s", async (action, field, value) => {
    const { harness, review } = await withReview((id) => says(id, "unrecognized"));
    const given = { action, note: "asked", [field]: value } as unknown as ReviewResolution;
    await expect(resolveReview(harness.context, review.id, given)).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      field,
      message: `${field} belongs to action "accept"; remove it.`,
    });
  });

  it("is refused for an unmatched notification without a payment, with an unknown one, and with another account's", async () => {
    const other = fakeProvider({ merchantAccount: "fake:2" });
    const { harness, review } = await withUnmatched();
    const theirs = createHarness({ providers: { other }, store: harness.store, seed: 9 });
    const { id } = await theirs.checkout({ orderId: "order-2" });
    for (const resolution of [{}, { paymentId: `pay_${"0".repeat(26)}` }, { paymentId: id }]) {
      await expect(
        resolveReview(harness.context, review.id, { action: "accept", ...resolution }),
      ).rejects.toMatchObject({
        code: "INVALID_REQUEST",
        field: "paymentId",
      });
    }
    expect((await harness.store.review(review.id))?.status).toBe("open");
  });

  it("is refused for a review there is not", async () => {
    const { harness } = await withReview((id) => says(id, "unrecognized"));
    await expect(resolveReview(harness.context, "rev_x" as ReviewId, { action: "dismiss" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("is refused for a review that was closed", async () => {
    const { resolve } = await withReview((id) => says(id, "unrecognized"));
    await resolve({ action: "dismiss" });
    expect(await resolve({ action: "note", note: "too late" })).toBe("REVIEW_CLOSED");
  });
});

/** Lets the time until after the last attempt pass. The machine sleeps through most of it, so that the loop does not run every minute. */
async function everyAttempt(clock: ManualClock): Promise<void> {
  for (const delay of DELIVERY_DELAYS_MS) {
    clock.step(delay * 1.3);
    await clock.advance(60_000);
  }
}

describe("a dead letter", () => {
  /** A shop whose handler failed in every attempt. */
  async function dead() {
    const shop = createShop();
    let broken = true;
    shop.pay.on("payment.succeeded", "warehouse", () => {
      if (broken) throw new Error("closed");
    });
    await shop.pay.start();
    const { id } = await shop.pay.checkout({ ...ORDER, providerName: "cards" });
    const query = { merchantAccount: "fake:1", paymentId: id };
    await shop.cards.creates.at(-1);
    await shop.pay.fetch(
      new Request("https://shop.example/pay/callbacks/cards", {
        method: "POST",
        body: JSON.stringify({ status: "succeeded", providerReference: `R-${query.paymentId}` }),
      }),
    );
    await everyAttempt(shop.clock);
    const row = async () => (await shop.pay.deliveries.list(id)).find(({ handler }) => handler === "warehouse")!;
    expect(await row()).toMatchObject({ status: "dead", attempts: 10 });
    const mend = () => {
      broken = false;
    };
    return { ...shop, id, row, mend };
  }

  it("is delivered again when its review is accepted", async () => {
    const { pay, clock, id, row, mend } = await dead();
    const [review] = (await pay.reviews.list()).reviews;
    expect(review).toMatchObject({ kind: "dead_letter", paymentId: id });
    mend();
    expect(await pay.reviews.resolve(review!.id, { action: "accept", by: "Anna" })).toMatchObject({
      status: "accepted",
    });
    await clock.advance(10_000);
    expect(await row()).toMatchObject({ status: "delivered", attempts: 1 });
    await pay.close();
  });

  it("is delivered again on demand, which closes its review", async () => {
    const { pay, clock, id, row, mend, events } = await dead();
    mend();
    await pay.deliveries.redrive(id, { eventId: (await row()).eventId, handler: "warehouse", by: "Anna" });
    await clock.advance(10_000);
    expect(await row()).toMatchObject({ status: "delivered" });
    expect((await pay.reviews.list()).reviews).toEqual([]);
    expect(await pay.reviews.ofPayment(id)).toMatchObject([{ status: "accepted", actions: [{ by: "Anna" }] }]);
    expect(events).toHaveLength(1);
    await pay.close();
  });

  it("is delivered again on demand after its review was dismissed, and that is in the history", async () => {
    const { pay, clock, id, row, mend } = await dead();
    const [review] = (await pay.reviews.list()).reviews;
    await pay.reviews.resolve(review!.id, { action: "dismiss" });
    mend();
    await pay.deliveries.redrive(id, { eventId: (await row()).eventId, handler: "warehouse" });
    await clock.advance(10_000);
    expect(await row()).toMatchObject({ status: "delivered" });
    expect((await pay.payments.history(id)).at(-1)?.fact).toMatchObject({ kind: "redrive", handler: "warehouse" });
    await pay.close();
  });

  it("opens its review anew where the handler fails at every attempt again", async () => {
    const { pay, clock, id, row } = await dead();
    await pay.deliveries.redrive(id, { eventId: (await row()).eventId, handler: "warehouse" });
    await everyAttempt(clock);
    expect(await row()).toMatchObject({ status: "dead", attempts: 10 });
    expect((await pay.reviews.ofPayment(id)).map(({ status }) => status)).toEqual(["accepted", "open"]);
    await pay.close();
  });

  it("is not found where the delivery is alive, or there is none, and is refused without its names", async () => {
    const { pay, id, row } = await dead();
    const { eventId } = await row();
    for (const [event, handler] of [
      [eventId, "vip"],
      [eventId, "nobody"],
      ["evt_x", "warehouse"],
    ] as const) {
      await expect(pay.deliveries.redrive(id, { eventId: event, handler })).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    }
    for (const [letter, field] of [
      [{ eventId, handler: "warehouse", by: "a\u0000b" }, "by"],
      [{ handler: "warehouse" }, "eventId"],
      [{ eventId }, "handler"],
      [{ eventId, handler: "warehouse", who: "Anna" }, "who"],
    ] as const) {
      const redriven = pay.deliveries.redrive(id, letter as never);
      await expect(redriven).rejects.toMatchObject({ code: "INVALID_REQUEST", field });
    }
    await pay.close();
  });
});
