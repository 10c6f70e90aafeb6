import { describe, expect, it } from "@jest/globals";
import { createHarness } from "../../test/harness.ts";
import { createCall } from "../adapter-kit/http.ts";
import type { ParsedCallback } from "../contract/provider.ts";
import { PayError } from "../model/errors.ts";
import type { StatusReport } from "../model/status-report.ts";
import { UNMATCHED_LIMIT } from "../recording/record-fact.ts";
import { callbackRequest } from "../testing/callback-request.ts";
import { fakeProvider, providerReference } from "../testing/fake-provider.ts";
import { idle } from "../testing/manual-clock.ts";
import { handleCallback } from "./handle.ts";

type Notification = Extract<ParsedCallback, { kind: "notification" }>;

const notificationOf = (
  about: Notification["about"],
  reported: StatusReport,
  rest: Partial<Notification> = {},
): Notification => ({
  kind: "notification",
  about,
  reported,
  ...rest,
});
const PAID = { status: "succeeded" } as const;

/** A harness with one pending payment, whose provider reference is `T-1`. */
async function withPayment(options: Parameters<typeof fakeProvider>[0] = {}) {
  const cards = fakeProvider(options);
  const harness = createHarness({ providers: { cards, other: fakeProvider({ merchantAccount: "fake:2" }) } });
  cards.onCreate = () => ({ kind: "accepted", providerReference: providerReference("T-1"), next: { kind: "wait" } });
  const { id } = await harness.checkout();
  harness.store.calls.length = 0;
  return { harness, cards, id };
}

describe("a callback", () => {
  it("answers only after the commit", async () => {
    const { harness, cards, id } = await withPayment();
    const commit = harness.store.holdNext("update");
    const replying = harness.notify("cards", notificationOf({ providerReference: providerReference("T-1") }, PAID));
    await idle();
    expect(cards.outcomes).toEqual([]);
    commit();
    expect(await replying).toEqual({ status: 200, body: "OK" });
    expect(cards.outcomes).toEqual([
      expect.objectContaining({ kind: "applied", payment: expect.objectContaining({ id, state: "succeeded" }) }),
    ]);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
  });

  it("that was not committed is an error to the gateway, which must send it again, and then counts", async () => {
    const { harness, cards, id } = await withPayment();
    harness.store.failNext("update");
    expect(
      await harness.notify("cards", notificationOf({ providerReference: providerReference("T-1") }, PAID)),
    ).toEqual({
      status: 503,
      body: "NO",
    });
    expect(cards.outcomes).toEqual([{ kind: "error" }]);
    expect(harness.wakes).toBe(0);
    await harness.notify("cards", notificationOf({ providerReference: providerReference("T-1") }, PAID));
    expect(cards.outcomes.at(-1)?.kind).toBe("applied");
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
  });

  it("that comes again is a duplicate, answered alike and recorded once", async () => {
    const { harness, cards, id } = await withPayment();
    const first = await harness.notify("cards", notificationOf({ providerReference: providerReference("T-1") }, PAID));
    expect(
      await harness.notify("cards", notificationOf({ providerReference: providerReference("T-1") }, PAID)),
    ).toEqual(first);
    expect(cards.outcomes.map(({ kind }) => kind)).toEqual(["applied", "duplicate"]);
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
    expect(harness.wakes).toBe(1);
  });

  it("and its duplicates, all at once, are recorded once and all answered after the commit", async () => {
    const { harness, cards, id } = await withPayment();
    const replies = await Promise.all(
      Array.from({ length: 20 }, () =>
        harness.notify("cards", notificationOf({ providerReference: providerReference("T-1") }, PAID)),
      ),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(cards.outcomes.filter(({ kind }) => kind === "applied")).toHaveLength(1);
    expect(cards.outcomes.filter(({ kind }) => kind === "duplicate")).toHaveLength(19);
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
  });

  it.each([
    ["another amount", { reported: { ...PAID, amount: { value: 1, currency: "PLN" } } }],
    ["another status", { reported: { status: "reversed" as const } }],
    ["another word for the status", { reported: { ...PAID, providerStatus: "CONFIRMED" } }],
    ["another event id", { eventId: "2" }],
  ])("with %s is no duplicate", async (_, over) => {
    const { harness, id } = await withPayment();
    await harness.notify("cards", notificationOf({ providerReference: providerReference("T-1") }, PAID));
    await harness.notify("cards", {
      ...notificationOf({ providerReference: providerReference("T-1") }, PAID),
      ...over,
    });
    expect(await harness.store.history(id)).toHaveLength(4);
  });

  it("that failed to be committed makes no duplicate: only an applied one does", async () => {
    const { harness, cards } = await withPayment();
    harness.store.failNext("update", 2);
    for (let n = 0; n < 3; n++)
      await harness.notify("cards", notificationOf({ providerReference: providerReference("T-1") }, PAID));
    expect(cards.outcomes.map(({ kind }) => kind)).toEqual(["error", "error", "applied"]);
  });

  it("that leaves the state as it is for a person to look at says so", async () => {
    const { harness, cards, id } = await withPayment();
    await harness.notify(
      "cards",
      notificationOf(
        { providerReference: providerReference("T-1") },
        { ...PAID, amount: { value: 1, currency: "PLN" } },
      ),
    );
    expect(cards.outcomes).toEqual([expect.objectContaining({ kind: "under_review" })]);
    expect((await harness.record(id)).payment.state).toBe("pending");
    const [review] = await harness.store.openReviews(10);
    expect(review).toMatchObject({
      kind: "amount_mismatch",
      paymentId: id,
      details: { amount: { value: 1, currency: "PLN" }, providerReference: "T-1" },
    });
  });

  it("opens one review however often the same thing is said", async () => {
    const { harness } = await withPayment();
    const less = { ...PAID, amount: { value: 1, currency: "PLN" } };
    for (const eventId of ["1", "2", "3"])
      await harness.notify("cards", notificationOf({ providerReference: providerReference("T-1") }, less, { eventId }));
    expect(await harness.reviews()).toEqual(["amount_mismatch"]);
    await harness.notify(
      "cards",
      notificationOf(
        { providerReference: providerReference("T-1") },
        { ...PAID, amount: { value: 2, currency: "PLN" } },
      ),
    );
    expect(await harness.reviews()).toEqual(["amount_mismatch", "amount_mismatch"]);
  });

  it("sends the buyer to the success address only when paid", async () => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    const returnUrl = { success: "https://shop.example/paid", failure: "https://shop.example/not" };
    const { id } = await harness.checkout({ returnUrl });
    await harness.notify("cards", notificationOf({ paymentId: id }, { status: "pending" }));
    await harness.notify("cards", notificationOf({ paymentId: id }, { status: "failed" }));
    await harness.notify("cards", notificationOf({ paymentId: id }, PAID));
    expect(cards.outcomes).toEqual([
      expect.objectContaining({ returnUrl: `https://shop.example/not?payment=${id}` }),
      expect.objectContaining({ returnUrl: `https://shop.example/not?payment=${id}` }),
      expect.objectContaining({ returnUrl: `https://shop.example/paid?payment=${id}` }),
    ]);
  });

  it("stores a provider reference seen first, and details for the history", async () => {
    const cards = fakeProvider();
    cards.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
    const harness = createHarness({ providers: { cards } });
    const { id } = await harness.checkout();
    const details = { channel: "blik" };
    await harness.notify(
      "cards",
      notificationOf(
        { paymentId: id },
        { ...PAID, providerStatus: "x".repeat(500) },
        { providerReference: providerReference("LATE"), details },
      ),
    );
    expect((await harness.record(id)).payment.providerReference).toBe("LATE");
    const { fact } = (await harness.store.history(id)).at(-1)!;
    expect(fact).toEqual({ kind: "succeeded", providerReference: "LATE", providerStatus: "x".repeat(200), details });
  });

  it("about a payment of another account does not touch it", async () => {
    const { harness, id } = await withPayment();
    await harness.notify("other", notificationOf({ paymentId: id }, PAID));
    await harness.notify("other", notificationOf({ merchantReference: id.slice(4) }, PAID));
    await harness.notify("other", notificationOf({ providerReference: providerReference("T-1") }, PAID));
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted"]);
  });

  it("at another configured name of the same account is recorded for the payment", async () => {
    const first = fakeProvider({ merchantAccount: "same" });
    const second = fakeProvider({ merchantAccount: "same" });
    const harness = createHarness({ providers: { first, second } });
    const { id } = await harness.checkout();
    await harness.notify("second", notificationOf({ paymentId: id }, PAID));
    expect((await harness.record(id)).payment.state).toBe("succeeded");
  });

  it("finds its payment by our reference", async () => {
    const { harness, id } = await withPayment();
    await harness.notify("cards", notificationOf({ merchantReference: id.slice(4) }, PAID));
    expect((await harness.record(id)).payment.state).toBe("succeeded");
  });

  it("with a success for another provider reference does not pay the payment", async () => {
    const { harness, id } = await withPayment();
    await harness.notify(
      "cards",
      notificationOf({ paymentId: id }, PAID, { providerReference: providerReference("ELSE") }),
    );
    expect((await harness.record(id)).payment).toMatchObject({ state: "pending", providerReference: "T-1" });
    expect(await harness.reviews()).toEqual(["reference_mismatch"]);
  });

  it("with another payment's provider reference is neither payment's success", async () => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    const owner = await harness.checkout();
    cards.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
    const other = await harness.checkout();
    await harness.notify(
      "cards",
      notificationOf({ paymentId: other.id }, PAID, { providerReference: owner.providerReference! }),
    );
    expect((await harness.record(other.id)).payment.state).toBe("pending");
    expect((await harness.record(other.id)).payment.providerReference).toBeUndefined();
    expect((await harness.record(owner.id)).payment.state).toBe("pending");
    expect(await harness.reviews()).toEqual(["reference_mismatch"]);
  });
});

describe("a callback about an unknown payment", () => {
  it("is kept and answered as received", async () => {
    const { harness, cards } = await withPayment();
    const about = { providerReference: providerReference("SOON") };
    await harness.notify("cards", notificationOf(about, PAID, { buyerEmail: " Buyer@Example.com" }));
    expect(cards.outcomes).toEqual([{ kind: "unknown_payment", returnUrl: "https://shop.example/" }]);
    const [unmatched, ...rest] = await harness.store.staleUnmatched(harness.clock.now(), 10);
    expect(rest).toEqual([]);
    expect(unmatched).toMatchObject({
      merchantAccount: "fake:1",
      subject: "SOON",
      fact: { kind: "succeeded", providerReference: "SOON" },
    });
    expect(unmatched?.buyerDigest).toMatch(/^[\w-]{22}$/);
  });

  it("is kept once, however often it comes, and its first time stands", async () => {
    const { harness } = await withPayment();
    const first = harness.clock.now();
    for (const about of [
      { providerReference: providerReference("SOON") },
      { merchantReference: "another system's order" },
    ]) {
      await harness.notify("cards", notificationOf(about, PAID));
    }
    await harness.clock.advance(60_000);
    for (const about of [
      { providerReference: providerReference("SOON") },
      { merchantReference: "another system's order" },
    ]) {
      await harness.notify("cards", notificationOf(about, PAID));
    }
    const unmatchedNotifications = await harness.store.staleUnmatched(harness.clock.now(), 10);
    expect(unmatchedNotifications.map(({ subject }) => subject)).toEqual(["SOON", "another system's order"]);
    expect(unmatchedNotifications.map(({ receivedAt }) => receivedAt)).toEqual([first, first]);
  });

  it("is not taken for the payment with that provider reference at another account", async () => {
    const { harness, id } = await withPayment();
    await harness.notify("other", notificationOf({ providerReference: providerReference("T-1") }, PAID));
    expect(await harness.store.staleUnmatched(harness.clock.now(), 10)).toHaveLength(1);
    expect((await harness.record(id)).payment.state).toBe("pending");
  });

  it("is adopted by the notification that brings the provider reference", async () => {
    const cards = fakeProvider();
    cards.onCreate = () => ({ kind: "unknown", cause: new Error("ECONNRESET") });
    const harness = createHarness({ providers: { cards } });
    await harness.checkout().catch(() => {});
    const id = cards.creates[0]!.paymentId;
    await harness.notify("cards", notificationOf({ providerReference: providerReference("SOON") }, PAID));
    await harness.notify(
      "cards",
      notificationOf(
        { merchantReference: id.slice(4) },
        { status: "pending" },
        { providerReference: providerReference("SOON") },
      ),
    );
    expect((await harness.record(id)).payment).toMatchObject({ state: "succeeded", providerReference: "SOON" });
    expect(await harness.store.staleUnmatched(harness.clock.now(), 10)).toEqual([]);
    // The adopted notification was applied, so its repetition is a duplicate.
    await harness.notify("cards", notificationOf({ providerReference: providerReference("SOON") }, PAID));
    expect(cards.outcomes.at(-1)?.kind).toBe("duplicate");
  });

  it("is recorded once when the very same notification then brings the provider reference", async () => {
    const cards = fakeProvider();
    cards.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
    const harness = createHarness({ providers: { cards } });
    const { id } = await harness.checkout();
    await harness.notify("cards", notificationOf({ providerReference: providerReference("SOON") }, PAID));
    await harness.notify(
      "cards",
      notificationOf({ paymentId: id }, PAID, { providerReference: providerReference("SOON") }),
    );
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
    expect(await harness.store.staleUnmatched(harness.clock.now(), 10)).toEqual([]);
  });

  it("is told to come again once too many are kept, but not one that is there already", async () => {
    const { harness, cards } = await withPayment();
    const { update } = harness.store;
    harness.store.update = (query, decide) =>
      update(query, (found) => decide({ ...found, unmatchedCount: found.unmatchedCount + UNMATCHED_LIMIT - 1 }));
    for (const name of ["LAST", "ONE-MORE", "LAST", "T-1"])
      await harness.notify("cards", notificationOf({ providerReference: providerReference(name) }, PAID));
    expect(cards.outcomes.map(({ kind }) => kind)).toEqual(["unknown_payment", "error", "unknown_payment", "applied"]);
    expect(await harness.store.staleUnmatched(harness.clock.now(), 10)).toHaveLength(1);
  });
});

describe("a callback the adapter cannot use", () => {
  const call = () => createCall(new AbortController().signal);
  const receiving = async (receive: () => ParsedCallback | Promise<ParsedCallback>) => {
    const { harness, cards } = await withPayment();
    cards.onReceive = receive;
    const reply = await handleCallback(harness.context, "cards", cards, callbackRequest(), call());
    return { harness, cards, reply };
  };

  it("because it is about no payment is answered as the adapter says, without a look at the store", async () => {
    const { harness, cards, reply } = await receiving(() => ({
      kind: "ignored",
      reply: { status: 202, body: "noted" },
    }));
    expect(reply).toEqual({ status: 202, body: "noted" });
    expect(harness.store.calls).toEqual([]);
    expect(harness.logger.lines).toEqual([]);
    expect(cards.outcomes).toEqual([]);
  });

  it.each([
    ["throws MALFORMED", () => Promise.reject(new PayError("MALFORMED", "A parameter is repeated.")), "malformed"],
    [
      "throws MALFORMED at once",
      () => {
        throw new PayError("MALFORMED", "A parameter is repeated.");
      },
      "malformed",
    ],
    ["says malformed", () => ({ kind: "refused", reason: "malformed", detail: "no status" }) as const, "malformed"],
    [
      "says unauthenticated",
      () => ({ kind: "refused", reason: "unauthenticated", detail: "key" }) as const,
      "unauthenticated",
    ],
  ])("is refused when it %s, without a look at the store", async (_, receive, reason) => {
    const { harness, cards, reply } = await receiving(receive);
    expect(cards.outcomes).toEqual([{ kind: "refused", reason }]);
    expect(reply.status).toBe(401);
    expect(harness.store.calls).toEqual([]);
  });

  it.each([
    ["throws", () => Promise.reject(new TypeError("undefined is not a function"))],
    ["throws another error of ours", () => Promise.reject(new PayError("INVALID_REQUEST", "no"))],
    ["throws what is no error", () => Promise.reject("no")],
    ["answers nothing", () => undefined as unknown as ParsedCallback],
    ["answers an unknown kind", () => ({ kind: "maybe" }) as unknown as ParsedCallback],
    [
      "gives no status report",
      () =>
        ({ kind: "notification", about: { providerReference: providerReference("T-1") } }) as unknown as ParsedCallback,
    ],
    [
      "answers an unknown status",
      () => notificationOf({ providerReference: providerReference("T-1") }, { status: "paid" as never }),
    ],
  ])("is an error when it %s: the gateway must send it again", async (_, receive) => {
    const { harness, cards, reply } = await receiving(receive);
    expect(cards.outcomes).toEqual([{ kind: "error" }]);
    expect(reply.status).toBe(503);
    const [record] = (await harness.store.order("order-1")).payments;
    expect(record?.version).toBe(2);
  });
});
