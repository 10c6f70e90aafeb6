import { describe, expect, it } from "@jest/globals";
import { createBench } from "../../test/harness.ts";
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

const heard = (
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

/** A bench with one pending payment at a provider whose callbacks are about `REF`. */
async function withPayment(options: Parameters<typeof fakeProvider>[0] = {}) {
  const cards = fakeProvider(options);
  const bench = createBench({ providers: { cards, other: fakeProvider({ merchantAccount: "fake:2" }) } });
  cards.onCreate = () => ({ kind: "accepted", providerReference: providerReference("REF"), next: { kind: "wait" } });
  const { id } = await bench.checkout();
  bench.store.calls.length = 0;
  return { bench, cards, id };
}

describe("a callback", () => {
  it("answers only after the commit", async () => {
    const { bench, cards, id } = await withPayment();
    const commit = bench.store.holdNext("update");
    const replying = bench.notify("cards", heard({ providerReference: providerReference("REF") }, PAID));
    await idle();
    expect(cards.outcomes).toEqual([]);
    commit();
    expect(await replying).toEqual({ status: 200, body: "OK" });
    expect(cards.outcomes).toEqual([
      expect.objectContaining({ kind: "applied", payment: expect.objectContaining({ id, state: "succeeded" }) }),
    ]);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
  });

  it("that was not committed is an error to the gateway, which must send it again, and then counts", async () => {
    const { bench, cards, id } = await withPayment();
    bench.store.failNext("update");
    expect(await bench.notify("cards", heard({ providerReference: providerReference("REF") }, PAID))).toEqual({
      status: 503,
      body: "NO",
    });
    expect(cards.outcomes).toEqual([{ kind: "error" }]);
    expect(bench.wakes).toBe(0);
    await bench.notify("cards", heard({ providerReference: providerReference("REF") }, PAID));
    expect(cards.outcomes.at(-1)?.kind).toBe("applied");
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
  });

  it("that comes again is a duplicate, answered alike and recorded once", async () => {
    const { bench, cards, id } = await withPayment();
    const first = await bench.notify("cards", heard({ providerReference: providerReference("REF") }, PAID));
    expect(await bench.notify("cards", heard({ providerReference: providerReference("REF") }, PAID))).toEqual(first);
    expect(cards.outcomes.map(({ kind }) => kind)).toEqual(["applied", "duplicate"]);
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
    expect(bench.wakes).toBe(1);
  });

  it("and its twins, all at once, are recorded once and all answered after the commit", async () => {
    const { bench, cards, id } = await withPayment();
    const replies = await Promise.all(
      Array.from({ length: 20 }, () =>
        bench.notify("cards", heard({ providerReference: providerReference("REF") }, PAID)),
      ),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(cards.outcomes.filter(({ kind }) => kind === "applied")).toHaveLength(1);
    expect(cards.outcomes.filter(({ kind }) => kind === "duplicate")).toHaveLength(19);
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
  });

  it.each([
    ["another amount", { reported: { ...PAID, amount: { value: 1, currency: "PLN" } } }],
    ["another status", { reported: { status: "reversed" as const } }],
    ["another word for the status", { reported: { ...PAID, providerStatus: "CONFIRMED" } }],
    ["another event id", { eventId: "2" }],
  ])("with %s is no duplicate", async (_, over) => {
    const { bench, id } = await withPayment();
    await bench.notify("cards", heard({ providerReference: providerReference("REF") }, PAID));
    await bench.notify("cards", { ...heard({ providerReference: providerReference("REF") }, PAID), ...over });
    expect(await bench.store.history(id)).toHaveLength(4);
  });

  it("that failed to be committed makes no duplicate: only an applied one does", async () => {
    const { bench, cards } = await withPayment();
    bench.store.failNext("update", 2);
    for (let n = 0; n < 3; n++)
      await bench.notify("cards", heard({ providerReference: providerReference("REF") }, PAID));
    expect(cards.outcomes.map(({ kind }) => kind)).toEqual(["error", "error", "applied"]);
  });

  it("that leaves the state as it is for a person to look at says so", async () => {
    const { bench, cards, id } = await withPayment();
    await bench.notify(
      "cards",
      heard({ providerReference: providerReference("REF") }, { ...PAID, amount: { value: 1, currency: "PLN" } }),
    );
    expect(cards.outcomes).toEqual([expect.objectContaining({ kind: "under_review" })]);
    expect((await bench.record(id)).payment.state).toBe("pending");
    const [review] = await bench.store.openReviews(10);
    expect(review).toMatchObject({
      kind: "amount_mismatch",
      paymentId: id,
      details: { amount: { value: 1, currency: "PLN" }, providerReference: "REF" },
    });
  });

  it("opens one review however often the same thing is said", async () => {
    const { bench } = await withPayment();
    const less = { ...PAID, amount: { value: 1, currency: "PLN" } };
    for (const eventId of ["1", "2", "3"])
      await bench.notify("cards", heard({ providerReference: providerReference("REF") }, less, { eventId }));
    expect(await bench.reviews()).toEqual(["amount_mismatch"]);
    await bench.notify(
      "cards",
      heard({ providerReference: providerReference("REF") }, { ...PAID, amount: { value: 2, currency: "PLN" } }),
    );
    expect(await bench.reviews()).toEqual(["amount_mismatch", "amount_mismatch"]);
  });

  it("sends the buyer to the success address only when paid", async () => {
    const cards = fakeProvider();
    const bench = createBench({ providers: { cards } });
    const returnUrl = { success: "https://shop.example/paid", failure: "https://shop.example/not" };
    const { id } = await bench.checkout({ returnUrl });
    await bench.notify("cards", heard({ paymentId: id }, { status: "pending" }));
    await bench.notify("cards", heard({ paymentId: id }, { status: "failed" }));
    await bench.notify("cards", heard({ paymentId: id }, PAID));
    expect(cards.outcomes).toEqual([
      expect.objectContaining({ redirectUrl: `https://shop.example/not?payment=${id}` }),
      expect.objectContaining({ redirectUrl: `https://shop.example/not?payment=${id}` }),
      expect.objectContaining({ redirectUrl: `https://shop.example/paid?payment=${id}` }),
    ]);
  });

  it("stores a ref seen first, and details for the history", async () => {
    const cards = fakeProvider();
    cards.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
    const bench = createBench({ providers: { cards } });
    const { id } = await bench.checkout();
    const details = { channel: "blik" };
    await bench.notify(
      "cards",
      heard(
        { paymentId: id },
        { ...PAID, providerStatus: "x".repeat(500) },
        { providerReference: providerReference("LATE"), details },
      ),
    );
    expect((await bench.record(id)).payment.providerReference).toBe("LATE");
    const { fact } = (await bench.store.history(id)).at(-1)!;
    expect(fact).toEqual({ kind: "succeeded", providerReference: "LATE", providerStatus: "x".repeat(200), details });
  });

  it("about a payment of another account does not touch it", async () => {
    const { bench, id } = await withPayment();
    await bench.notify("other", heard({ paymentId: id }, PAID));
    await bench.notify("other", heard({ merchantReference: id.slice(4) }, PAID));
    await bench.notify("other", heard({ providerReference: providerReference("REF") }, PAID));
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted"]);
  });

  it("of another instance of the same account settles the payment", async () => {
    const first = fakeProvider({ merchantAccount: "same" });
    const second = fakeProvider({ merchantAccount: "same" });
    const bench = createBench({ providers: { first, second } });
    const { id } = await bench.checkout();
    await bench.notify("second", heard({ paymentId: id }, PAID));
    expect((await bench.record(id)).payment.state).toBe("succeeded");
  });

  it("finds its payment by our reference", async () => {
    const { bench, id } = await withPayment();
    await bench.notify("cards", heard({ merchantReference: id.slice(4) }, PAID));
    expect((await bench.record(id)).payment.state).toBe("succeeded");
  });

  it("with a success for another ref does not pay the payment", async () => {
    const { bench, id } = await withPayment();
    await bench.notify("cards", heard({ paymentId: id }, PAID, { providerReference: providerReference("ELSE") }));
    expect((await bench.record(id)).payment).toMatchObject({ state: "pending", providerReference: "REF" });
    expect(await bench.reviews()).toEqual(["reference_mismatch"]);
  });

  it("with a ref of another payment is neither payment's success", async () => {
    const cards = fakeProvider();
    const bench = createBench({ providers: { cards } });
    const owner = await bench.checkout();
    cards.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
    const other = await bench.checkout();
    await bench.notify("cards", heard({ paymentId: other.id }, PAID, { providerReference: owner.providerReference! }));
    expect((await bench.record(other.id)).payment.state).toBe("pending");
    expect((await bench.record(other.id)).payment.providerReference).toBeUndefined();
    expect((await bench.record(owner.id)).payment.state).toBe("pending");
    expect(await bench.reviews()).toEqual(["reference_mismatch"]);
  });
});

describe("a callback about a payment nobody has", () => {
  it("is kept and answered as received", async () => {
    const { bench, cards } = await withPayment();
    const about = { providerReference: providerReference("SOON") };
    await bench.notify("cards", heard(about, PAID, { buyerEmail: " Buyer@Example.com" }));
    expect(cards.outcomes).toEqual([{ kind: "unknown_payment" }]);
    const [unmatched, ...rest] = await bench.store.staleUnmatched(bench.clock.now(), 10);
    expect(rest).toEqual([]);
    expect(unmatched).toMatchObject({
      merchantAccount: "fake:1",
      subject: "SOON",
      fact: { kind: "succeeded", providerReference: "SOON" },
    });
    expect(unmatched?.buyerDigest).toMatch(/^[\w-]{22}$/);
  });

  it("is kept once, however often it comes, and its first time stands", async () => {
    const { bench } = await withPayment();
    const first = bench.clock.now();
    for (const about of [
      { providerReference: providerReference("SOON") },
      { merchantReference: "another system's order" },
    ]) {
      await bench.notify("cards", heard(about, PAID));
    }
    await bench.clock.advance(60_000);
    for (const about of [
      { providerReference: providerReference("SOON") },
      { merchantReference: "another system's order" },
    ]) {
      await bench.notify("cards", heard(about, PAID));
    }
    const unmatchedNotifications = await bench.store.staleUnmatched(bench.clock.now(), 10);
    expect(unmatchedNotifications.map(({ subject }) => subject)).toEqual(["SOON", "another system's order"]);
    expect(unmatchedNotifications.map(({ receivedAt }) => receivedAt)).toEqual([first, first]);
  });

  it("is not taken for the payment of that ref at another account", async () => {
    const { bench, id } = await withPayment();
    await bench.notify("other", heard({ providerReference: providerReference("REF") }, PAID));
    expect(await bench.store.staleUnmatched(bench.clock.now(), 10)).toHaveLength(1);
    expect((await bench.record(id)).payment.state).toBe("pending");
  });

  it("is adopted by the notification that brings the ref", async () => {
    const cards = fakeProvider();
    cards.onCreate = () => ({ kind: "unknown", cause: new Error("ECONNRESET") });
    const bench = createBench({ providers: { cards } });
    await bench.checkout().catch(() => {});
    const id = cards.creates[0]!.paymentId;
    await bench.notify("cards", heard({ providerReference: providerReference("SOON") }, PAID));
    await bench.notify(
      "cards",
      heard(
        { merchantReference: id.slice(4) },
        { status: "pending" },
        { providerReference: providerReference("SOON") },
      ),
    );
    expect((await bench.record(id)).payment).toMatchObject({ state: "succeeded", providerReference: "SOON" });
    expect(await bench.store.staleUnmatched(bench.clock.now(), 10)).toEqual([]);
    // Adopted means applied: its repetition is a duplicate.
    await bench.notify("cards", heard({ providerReference: providerReference("SOON") }, PAID));
    expect(cards.outcomes.at(-1)?.kind).toBe("duplicate");
  });

  it("is recorded once when the very same notification then brings the ref", async () => {
    const cards = fakeProvider();
    cards.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
    const bench = createBench({ providers: { cards } });
    const { id } = await bench.checkout();
    await bench.notify("cards", heard({ providerReference: providerReference("SOON") }, PAID));
    await bench.notify("cards", heard({ paymentId: id }, PAID, { providerReference: providerReference("SOON") }));
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
    expect(await bench.store.staleUnmatched(bench.clock.now(), 10)).toEqual([]);
  });

  it("is told to come again once too many are kept, but not one that is there already", async () => {
    const { bench, cards } = await withPayment();
    const { update } = bench.store;
    bench.store.update = (query, decide) =>
      update(query, (found) => decide({ ...found, unmatchedCount: found.unmatchedCount + UNMATCHED_LIMIT - 1 }));
    for (const name of ["LAST", "ONE-MORE", "LAST", "REF"])
      await bench.notify("cards", heard({ providerReference: providerReference(name) }, PAID));
    expect(cards.outcomes.map(({ kind }) => kind)).toEqual(["unknown_payment", "error", "unknown_payment", "applied"]);
    expect(await bench.store.staleUnmatched(bench.clock.now(), 10)).toHaveLength(1);
  });
});

describe("callbacks that are refused", () => {
  it("are counted for the operator, of each kind once a minute, however many come", async () => {
    const { bench } = await withPayment();
    const refuse = (reason: "unauthenticated" | "malformed") =>
      bench.notify("cards", { kind: "refused", reason, detail: "key" });
    for (let n = 0; n < 50; n++) await refuse("unauthenticated");
    await refuse("malformed");
    await bench.clock.advance(60_000);
    await refuse("unauthenticated");
    expect(bench.logger.lines.map(({ fields }) => fields)).toEqual([
      { providerName: "cards", reason: "unauthenticated", count: 1 },
      { providerName: "cards", reason: "malformed", count: 1 },
      { providerName: "cards", reason: "unauthenticated", count: 50 },
    ]);
  });
});

describe("a callback the adapter cannot use", () => {
  const call = () => createCall(new AbortController().signal);
  const receiving = async (receive: () => ParsedCallback | Promise<ParsedCallback>) => {
    const { bench, cards } = await withPayment();
    cards.onReceive = receive;
    const reply = await handleCallback(bench.context, "cards", cards, callbackRequest(), call());
    return { bench, cards, reply };
  };

  it("because it is about no payment is answered as the adapter says, without a look at the store", async () => {
    const { bench, cards, reply } = await receiving(() => ({ kind: "ignored", reply: { status: 202, body: "noted" } }));
    expect(reply).toEqual({ status: 202, body: "noted" });
    expect(bench.store.calls).toEqual([]);
    expect(bench.logger.lines).toEqual([]);
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
    const { bench, cards, reply } = await receiving(receive);
    expect(cards.outcomes).toEqual([{ kind: "refused", reason }]);
    expect(reply.status).toBe(401);
    expect(bench.store.calls).toEqual([]);
    expect(bench.logger.lines).toEqual([expect.objectContaining({ level: "warn" })]);
  });

  it.each([
    ["throws", () => Promise.reject(new TypeError("undefined is not a function"))],
    ["throws another error of ours", () => Promise.reject(new PayError("INVALID_REQUEST", "no"))],
    ["throws what is no error", () => Promise.reject("no")],
    ["answers nothing", () => undefined as unknown as ParsedCallback],
    ["answers what nobody knows", () => ({ kind: "maybe" }) as unknown as ParsedCallback],
    [
      "answers no observation",
      () =>
        ({ kind: "notification", about: { providerReference: providerReference("REF") } }) as unknown as ParsedCallback,
    ],
    [
      "answers a status nobody knows",
      () => heard({ providerReference: providerReference("REF") }, { status: "paid" as never }),
    ],
  ])("is an error when it %s: the gateway must send it again", async (_, receive) => {
    const { bench, cards, reply } = await receiving(receive);
    expect(cards.outcomes).toEqual([{ kind: "error" }]);
    expect(reply.status).toBe(503);
    const [record] = await bench.store.paymentsOfOrder("order-1");
    expect(record?.version).toBe(2);
  });
});
