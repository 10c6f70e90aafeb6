import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { HistoryEntry, Review } from "@pay/core";
import { idle, until } from "@pay/core/testing";
import { createShop, form, type Shop, tokenOf } from "../test/shop.ts";

let shop: Shop;
beforeEach(async () => {
  shop = await createShop();
});
afterEach(() => shop.pay.close());

const openReview = async (): Promise<Review> => {
  const [review] = (await shop.pay.reviews.list()).reviews;
  if (review === undefined) throw new Error("There is no open review.");
  return review;
};
const lastAct = async (id: string): Promise<HistoryEntry["fact"] | undefined> =>
  (await shop.pay.payments.history(id)).findLast(({ fact }) => fact.kind === "review" || fact.kind === "redrive")?.fact;
const stateOf = async (id: string) => (await shop.pay.payments.get(id))?.state;

/** A payment whose gateway said something unknown. */
async function unrecognized() {
  const id = await shop.buy();
  await shop.hear({ providerReference: `R-${id}`, status: "paid?" });
  return { id, review: await openReview() };
}

describe("the queue of reviews", () => {
  it("shows fifty on a page, and links to the rest and back", async () => {
    for (let n = 0; n < 51; n++) {
      const id = await shop.buy({ orderId: `order-${n}` });
      await shop.hear({ providerReference: `R-${id}`, status: "paid?" });
      await shop.clock.advance(1);
    }
    const linked = (page: string) =>
      [...page.matchAll(/href="[^"]*\/reviews\/(rev_[0-9a-z]{26})"/g)].map(([, id]) => id);
    const first = await shop.page("/reviews");
    expect(new Set(linked(first)).size).toBe(50);
    expect(first).not.toContain("First page");
    const [, after] = /href="[^"]*\/reviews\?after=(rev_[0-9a-z]{26})">Next page/.exec(first) ?? [];
    const second = await shop.page(`/reviews?after=${after}`);
    expect(new Set(linked(second)).size).toBe(1);
    expect(new Set([...linked(first), ...linked(second)]).size).toBe(51);
    expect(second).not.toContain("Next page");
    expect(second).toContain("First page");
    expect(linked(await shop.page("/reviews?after=2"))).toEqual(linked(first));
  });
});

describe("a decision about a review", () => {
  it("accepts an unrecognized status as what it is taken for, under the operator's name", async () => {
    const { id, review } = await unrecognized();
    const fields = { action: "accept", as: "succeeded", note: "asked\r\nthem", back: "queue" };
    const answer = await shop.send("/reviews", `/reviews/${review.id}`, fields);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/console/reviews?done=accept"]);
    expect(await stateOf(id)).toBe("succeeded");
    expect(await lastAct(id)).toMatchObject({ by: "Anna", action: "accept", as: "succeeded", note: "asked\nthem" });
    expect(await shop.page("/reviews?done=accept")).toContain('role="status">The review was accepted.');
  });

  it("dismisses from the payment's page, and goes back there", async () => {
    const { id, review } = await unrecognized();
    const fields = { action: "dismiss", back: "payment" };
    const answer = await shop.send(`/payments/${id}?lang=pl`, `/reviews/${review.id}?lang=pl`, fields);
    expect(answer.headers.get("location")).toBe(`/console/payments/${id}?lang=pl&done=dismiss#reviews`);
    expect(await lastAct(id)).toMatchObject({ by: "Anna", action: "dismiss" });
    expect(await shop.page(`/payments/${id}?lang=pl&done=dismiss`)).toContain("Sprawę odrzucono.");
  });

  it("adds a note, and the review stays open", async () => {
    const { id, review } = await unrecognized();
    const path = `/reviews/${review.id}`;
    const answer = await shop.send(path, path, { action: "note", note: "wrote to them", as: "failed", back: "review" });
    expect(answer.headers.get("location")).toBe(`/console${path}?done=note`);
    expect(await lastAct(id)).toMatchObject({ by: "Anna", action: "note", note: "wrote to them" });
    expect((await openReview()).actions).toHaveLength(1);
  });

  it("takes a success with another amount for one", async () => {
    const id = await shop.buy();
    await shop.hear({ providerReference: `R-${id}`, status: "succeeded", amount: 500 });
    await shop.send("/reviews", `/reviews/${(await openReview()).id}`, { action: "accept" });
    expect(await stateOf(id)).toBe("succeeded");
  });

  it.each(["candidate", "typed"])("assigns an unmatched notification to the payment that was %s", async (way) => {
    shop.cards.onCreate = () => ({ kind: "unknown", cause: new Error("no answer") });
    const id = await shop.buy().catch((error: { paymentId: string }) => error.paymentId);
    await shop.hear({ providerReference: "theirs", status: "succeeded" });
    await shop.clock.advance(65 * 60_000);
    const review = await openReview();
    expect(review.candidates).toEqual([id]);
    expect(await shop.page("/reviews")).toContain(`name="paymentId" value="${id}">Likely payment ${id}`);
    const given = way === "typed" ? { paymentId: "other", otherPaymentId: ` ${id} ` } : { paymentId: id };
    await shop.send("/reviews", `/reviews/${review.id}`, { action: "accept", ...given });
    expect(await stateOf(id)).toBe("succeeded");
    expect(await lastAct(id)).toMatchObject({ by: "Anna", about: "unmatched", paymentId: id });
  });

  it.each([
    [{ action: "accept" }, 400, "as-wrong", "INVALID_REQUEST"],
    [{ action: "note", note: " " }, 400, "note-wrong", "INVALID_REQUEST"],
    [{ action: "accept", as: "paid" }, 400, "as-wrong", "INVALID_REQUEST"],
    [{ action: "explode" }, 400, undefined, "Choose an action."],
  ])("that Pay refuses changes nothing and says why at the field: %j", async (fields, status, at, why) => {
    const { id, review } = await unrecognized();
    const before = await shop.pay.payments.history(id);
    const answer = await shop.send("/reviews", `/reviews/${review.id}`, fields);
    const page = await answer.text();
    expect(answer.status).toBe(status);
    expect(page).toContain(why);
    expect(page).toContain('role="alert"');
    if (at !== undefined) expect(page).toMatch(new RegExp(`id="${at}-${review.id}">[^<]+<`));
    expect(await shop.pay.payments.history(id)).toEqual(before);
  });

  it("keeps what was typed where it was refused", async () => {
    const { review } = await unrecognized();
    const fields = { action: "accept", note: "half a thought" };
    const page = await (await shop.send("/reviews", `/reviews/${review.id}`, fields)).text();
    expect(page).toContain(">half a thought</textarea>");
  });

  it("comes too late where somebody was faster, and says so in the operator's language", async () => {
    const { review } = await unrecognized();
    const token = tokenOf(await shop.page("/reviews"));
    await shop.pay.reviews.resolve(review.id, { action: "dismiss", by: "Jan" });
    const polish = form({ token, action: "accept", as: "failed" }, { "accept-language": "pl" });
    const answer = await shop.request(`/reviews/${review.id}`, polish);
    const page = await answer.text();
    expect(answer.status).toBe(409);
    expect(page).toContain("Ktoś zamknął już tę sprawę.");
    expect(page).toContain('<code>REVIEW_CLOSED</code> <span lang="en">');
    expect(page).toContain("Jan");
    expect(page).not.toContain("<textarea");
  });

  it("is made once where the operator presses twice, and is late where the second one differs", async () => {
    const { id, review } = await unrecognized();
    const token = tokenOf(await shop.page("/reviews"));
    const press = (as: string) =>
      shop.request(`/reviews/${review.id}`, form({ token, action: "accept", as, back: "queue" }));
    for (const answer of [await press("failed"), await press("failed")])
      expect([answer.status, answer.headers.get("location")]).toEqual([303, "/console/reviews?done=accept"]);
    expect((await press("succeeded")).status).toBe(409);
    expect((await shop.pay.reviews.get(review.id))?.actions).toHaveLength(1);
    expect(await stateOf(id)).toBe("failed");
  });

  it("needs no status where the review is about a refund that Pay cannot name", async () => {
    const id = await shop.buy();
    const { merchantReference } = shop.cards.creates.at(-1)!;
    await shop.hear({ merchantReference, status: "succeeded" });
    const refund = { status: "succeeded", amount: { value: 100, currency: "PLN" } } as const;
    shop.cards.onReceive = () => ({ kind: "refund", about: { paymentId: id as never }, refund });
    await shop.hear({});
    const review = await openReview();
    expect(review).toMatchObject({ kind: "refund_unknown" });
    expect(await shop.page(`/reviews/${review.id}`)).not.toContain(`id="as-${review.id}"`);
    const answer = await shop.send("/reviews", `/reviews/${review.id}`, { action: "accept" });
    expect(answer.status).toBe(303);
  });

  it("is about a review that there is", async () => {
    await unrecognized();
    for (const id of ["rev_00000000000000000000000000", "rev_%00", "x"]) {
      expect((await shop.send("/reviews", `/reviews/${id}`, { action: "dismiss" })).status).toBe(404);
      expect((await shop.get(`/reviews/${id}`)).status).toBe(404);
    }
  });
});

describe("a delivery that was given up", () => {
  /** A paid payment whose handler failed at every attempt. */
  async function dead() {
    shop.onEvent = () => {
      throw new Error("the books are locked");
    };
    const id = await shop.buy();
    await shop.hear({ providerReference: `R-${id}`, status: "succeeded" });
    await until(async () => {
      // Days go by between attempts; only what falls due at their end matters.
      shop.clock.step(30 * 3_600_000);
      await shop.clock.advance(11_000);
      return (await shop.pay.deliveries.list(id)).some(({ status }) => status === "dead");
    });
    shop.onEvent = () => {};
    const [row] = await shop.pay.deliveries.list(id);
    return { id, eventId: row?.eventId ?? "" };
  }

  it("is shown with its error and told again under the operator's name", async () => {
    const { eventId, id } = await dead();
    const page = await shop.page(`/payments/${id}`);
    expect(page).toContain("<td>Error: the books are locked</td>");
    expect(page).toContain('aria-label="Deliver again: vip, payment.succeeded"');
    const answer = await shop.send(`/payments/${id}`, `/payments/${id}/redrive`, { event: eventId, handler: "vip" });
    expect(answer.headers.get("location")).toBe(`/console/payments/${id}?done=redrive#deliveries`);
    await idle();
    expect(await lastAct(id)).toMatchObject({ kind: "review", about: "dead_letter", by: "Anna" });
    await until(async () => (await shop.pay.deliveries.list(id))[0]?.status === "delivered");
  });

  it("is told again after its review was dismissed, and that is in the history too", async () => {
    const { eventId, id } = await dead();
    await shop.pay.reviews.resolve((await openReview()).id, { action: "dismiss" });
    await shop.send(`/payments/${id}`, `/payments/${id}/redrive`, { event: eventId, handler: "vip" });
    expect(await lastAct(id)).toMatchObject({ kind: "redrive", by: "Anna", handler: "vip" });
  });

  it("is refused where there is none, on the payment's page", async () => {
    const { id } = await unrecognized();
    const answer = await shop.send("/reviews", `/payments/${id}/redrive`, { event: "evt_1", handler: "vip" });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain("<code>NOT_FOUND</code> There is no delivery of this event");
  });
});
