import { describe, expect, it } from "@jest/globals";
import { createHarness, withoutProvider } from "../../test/harness.ts";
import type { ParsedCallback } from "../contract/provider.ts";
import type { PaymentId } from "../model/ids.ts";
import { readOrder } from "../orders/read-order.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { fakeProvider, providerReference } from "../testing/fake-provider.ts";
import { idle } from "../testing/manual-clock.ts";
import { SWEEP_INTERVAL_MS, startSweepLoop, sweep } from "./sweep.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const paid = (
  about: Extract<ParsedCallback, { kind: "notification" }>["about"],
  buyerEmail?: string,
): ParsedCallback => ({
  kind: "notification",
  about,
  reported: { status: "succeeded" },
  ...(buyerEmail !== undefined && { buyerEmail }),
});

/** A provider that accepts payments without a provider reference. */
function silent() {
  const provider = fakeProvider();
  provider.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
  return provider;
}

const stateOf = async (harness: ReturnType<typeof createHarness>, id: PaymentId) =>
  (await harness.record(id)).payment.state;

describe("a sweep", () => {
  it("expires a silent payment at its deadline and not before", async () => {
    const harness = createHarness();
    const { id } = await harness.checkout();
    await harness.clock.advance(HOUR - 1);
    await sweep(harness.context);
    expect(await stateOf(harness, id)).toBe("pending");
    await harness.clock.advance(1);
    await sweep(harness.context);
    expect(await stateOf(harness, id)).toBe("expired");
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "deadline"]);
    expect(harness.wakes).toBe(1);
  });

  it.each<[string, Partial<Extract<ParsedCallback, { kind: "notification" }>>]>([
    ["amount", { reported: { status: "succeeded", amount: { value: 1998, currency: "PLN" } } }],
    ["provider reference", { reported: { status: "succeeded" }, providerReference: providerReference("another") }],
  ])(
    "expires no payment that the gateway calls paid with another %s, until a person dismisses that",
    async (_, said) => {
      const harness = createHarness();
      const { id } = await harness.checkout();
      await harness.notify("cards", { ...paid({ paymentId: id }), ...said } as ParsedCallback);
      await harness.clock.advance(DAY);
      await sweep(harness.context);
      expect(await stateOf(harness, id)).toBe("pending");
      expect((await readOrder(harness.store, "order-1")).state).toBe("open");
      const [review] = await harness.store.openReviews(1);
      await resolveReview(harness.context, review!.id, { action: "dismiss" });
      await sweep(harness.context);
      expect(await stateOf(harness, id)).toBe("expired");
    },
  );

  it("leaves a payment to the process that can ask its gateway, however many there are, and closes its own", async () => {
    const asked: string[] = [];
    const retrieve = async ({ paymentId }: { paymentId: string }) => {
      asked.push(paymentId);
      return { status: "succeeded" } as const;
    };
    const added = fakeProvider({ merchantAccount: "fake:added", can: { retrieve } });
    const harness = createHarness({ providers: { cards: fakeProvider(), added } });
    const ids: PaymentId[] = [];
    for (let n = 0; n < 101; n++)
      ids.push((await harness.checkout({ orderId: `order-${n}`, providerName: "added" })).id);
    const { id: own } = await harness.checkout({ orderId: "own" });
    await harness.clock.advance(HOUR);
    const old = withoutProvider(harness.context, "added");
    await sweep(old);
    expect([await stateOf(harness, ids[0]!), await stateOf(harness, own)]).toEqual(["pending", "expired"]);
    const fields = { merchantAccount: "fake:added", count: 1 };
    expect(harness.logger.lines).toEqual([
      expect.objectContaining({ level: "warn", message: expect.stringContaining("can ask their gateway"), fields }),
    ]);
    await sweep(harness.context);
    expect(await stateOf(harness, ids[0]!)).toBe("succeeded");
    expect(asked).toHaveLength(101);
  });

  it("closes unasked only what was left stranded", async () => {
    const harness = createHarness({
      providers: { cards: fakeProvider(), gone: fakeProvider({ merchantAccount: "fake:gone" }) },
    });
    const { id } = await harness.checkout({ providerName: "gone" });
    await harness.clock.advance(HOUR);
    await sweep({ ...withoutProvider(harness.context, "gone"), strandedAccounts: new Set(["fake:gone"]) });
    expect(await stateOf(harness, id)).toBe("expired");
  });

  it("changes nothing the second time", async () => {
    const harness = createHarness();
    const { id } = await harness.checkout();
    await harness.clock.advance(DAY);
    await sweep(harness.context);
    await sweep(harness.context);
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "deadline"]);
  });

  it.each(["succeeded", "failed"] as const)("leaves a %s payment alone", async (status) => {
    const harness = createHarness();
    const { id } = await harness.checkout();
    await harness.notify("cards", { kind: "notification", about: { paymentId: id }, reported: { status } });
    await harness.clock.advance(DAY);
    await sweep(harness.context);
    expect(await stateOf(harness, id)).toBe(status);
  });

  it("does not expire a payment that was paid between being found and being expired", async () => {
    const harness = createHarness();
    const { id } = await harness.checkout();
    await harness.clock.advance(HOUR);
    const go = harness.store.holdNext("update");
    const sweeping = sweep(harness.context);
    await idle();
    await harness.notify("cards", paid({ paymentId: id }));
    go();
    await sweeping;
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
  });

  it("does not expire a payment whose deadline was moved meanwhile", async () => {
    const harness = createHarness();
    const { id } = await harness.checkout();
    await harness.clock.advance(HOUR);
    const { update } = harness.store;
    harness.store.update = (query, decide) =>
      update(query, (found) => {
        const { record } = found;
        if (record === undefined) return decide(found);
        const payment = { ...record.payment, expiresAt: harness.clock.now() + 1 };
        return decide({ ...found, record: { ...record, payment } });
      });
    await sweep(harness.context);
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted"]);
  });

  it("takes the outcome of a create whose process died for unknown after a minute", async () => {
    const harness = createHarness();
    harness.store.failNext("update");
    await harness.checkout().catch(() => {});
    const [record] = (await harness.store.order("order-1")).payments;
    const { id } = record!.payment;
    await harness.clock.advance(MINUTE - 1);
    await sweep(harness.context);
    expect(await stateOf(harness, id)).toBe("created");
    await harness.clock.advance(1);
    await sweep(harness.context);
    expect(await harness.facts(id)).toEqual(["opened", "create_unknown"]);
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    expect(await stateOf(harness, id)).toBe("expired");
  });

  it("keeps nothing waiting behind a payment that cannot be recorded, and takes that one next time", async () => {
    const harness = createHarness();
    const { id: stuck } = await harness.checkout({ orderId: "order-1" });
    const { id: next } = await harness.checkout({ orderId: "order-2" });
    await harness.clock.advance(HOUR);
    harness.store.failNext("update");
    await sweep(harness.context);
    expect([await stateOf(harness, stuck), await stateOf(harness, next)]).toEqual(["pending", "expired"]);
    expect(harness.logger.lines).toEqual([expect.objectContaining({ level: "error", fields: { failed: 1 } })]);
    await sweep(harness.context);
    expect(await stateOf(harness, stuck)).toBe("expired");
  });

  it("gets through more than it reads at once", async () => {
    const harness = createHarness();
    for (let n = 0; n < 250; n++) await harness.checkout({ orderId: `order-${n}` });
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    expect(await harness.store.overdue(harness.clock.now(), 0, 1000)).toEqual([]);
    expect(harness.wakes).toBe(250);
  });
});

describe("a sweep of more than it reads at once", () => {
  it("asks the other gateways at once, however many payments of one that hangs are overdue", async () => {
    const hung = fakeProvider({ can: { retrieve: () => new Promise(() => {}) } });
    const quick = fakeProvider({ merchantAccount: "fake:quick" });
    const harness = createHarness({ providers: { hung, quick } });
    for (let n = 0; n < 250; n++) await harness.checkout({ orderId: `order-${n}`, providerName: "hung" });
    const { id } = await harness.checkout({ orderId: "quick", providerName: "quick" });
    await harness.clock.advance(HOUR);
    const sweeping = sweep(harness.context);
    await idle();
    expect(await stateOf(harness, id)).toBe("expired");
    await harness.clock.advance(MINUTE);
    await sweeping;
    expect(await harness.store.overdue(harness.clock.now(), 0, 1000)).toEqual([]);
  });

  it("goes on after a batch of which some failed", async () => {
    const harness = createHarness();
    for (let n = 0; n < 101; n++) await harness.checkout({ orderId: `order-${n}` });
    await harness.clock.advance(HOUR);
    harness.store.failNext("update");
    await sweep(harness.context);
    expect(await harness.store.overdue(harness.clock.now(), 0, 1000)).toEqual([]);
  });
});

describe("a sweep, when the clock was set", () => {
  it("a day forward: the payment expires too early, and its success still counts", async () => {
    const harness = createHarness();
    const { id } = await harness.checkout();
    harness.clock.step(DAY);
    await sweep(harness.context);
    expect(await stateOf(harness, id)).toBe("expired");
    harness.clock.step(-DAY);
    await harness.notify("cards", paid({ paymentId: id }));
    expect(await stateOf(harness, id)).toBe("succeeded");
    expect(await harness.reviews()).toEqual(["late_success"]);
    await sweep(harness.context);
    expect(await stateOf(harness, id)).toBe("succeeded");
  });

  it.each([DAY, -DAY])("by %d ms: what is paid stays paid", async (step) => {
    const harness = createHarness();
    const { id } = await harness.checkout();
    await harness.notify("cards", paid({ paymentId: id }));
    harness.clock.step(step);
    await sweep(harness.context);
    await harness.clock.advance(2 * DAY);
    await sweep(harness.context);
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
  });

  it("a day back: nothing expires early, and all of it in the end", async () => {
    const harness = createHarness();
    const { id } = await harness.checkout();
    harness.clock.step(-DAY);
    await harness.clock.advance(2 * HOUR);
    await sweep(harness.context);
    expect(await stateOf(harness, id)).toBe("pending");
    harness.clock.step(DAY);
    await sweep(harness.context);
    expect(await stateOf(harness, id)).toBe("expired");
  });
});

describe("a sweep over unmatched notifications", () => {
  it("leaves one alone for an hour, then asks a person, once", async () => {
    const harness = createHarness({ providers: { cards: silent() } });
    await harness.notify("cards", paid({ providerReference: providerReference("LOST") }));
    await harness.clock.advance(HOUR - 1);
    await sweep(harness.context);
    expect(await harness.reviews()).toEqual([]);
    await harness.clock.advance(1);
    await sweep(harness.context);
    await sweep(harness.context);
    const [review, ...rest] = await harness.store.openReviews(10);
    expect(rest).toEqual([]);
    expect(review).toMatchObject({
      kind: "unmatched",
      details: { merchantAccount: "fake:1", subject: "LOST", fact: "succeeded" },
      candidates: [],
      status: "open",
      actions: [],
    });
    expect(review).not.toHaveProperty("paymentId");
  });

  it("shows the person the amount, the gateway's own word and the details", async () => {
    const harness = createHarness({ providers: { cards: silent() } });
    const amount = { value: 1999, currency: "PLN" };
    await harness.notify("cards", {
      ...paid({ providerReference: providerReference("LOST") }),
      reported: { status: "succeeded", providerStatus: "PAID", amount },
      details: { channel: "blik" },
    } as ParsedCallback);
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    const [review] = await harness.store.openReviews(10);
    const said = { fact: "succeeded", providerReference: "LOST", providerStatus: "PAID", amount };
    expect(review?.details).toEqual({
      merchantAccount: "fake:1",
      subject: "LOST",
      ...said,
      details: { channel: "blik" },
    });
  });

  it("asks no second time when the same notification keeps coming", async () => {
    const harness = createHarness({ providers: { cards: silent() } });
    for (let quarter = 0; quarter < 12; quarter++) {
      await harness.notify("cards", paid({ providerReference: providerReference("LOST") }));
      await harness.notify("cards", paid({ merchantReference: "somebody else's order" }));
      await harness.clock.advance(15 * MINUTE);
      await sweep(harness.context);
    }
    expect(await harness.reviews()).toEqual(["unmatched", "unmatched"]);
    expect(await harness.store.staleUnmatched(harness.clock.now(), 10)).toEqual([]);
  });

  it("proposes payments of the account without a provider reference: the same buyer's first, then the newest", async () => {
    const cards = silent();
    const other = fakeProvider({ merchantAccount: "fake:2" });
    other.onCreate = cards.onCreate;
    const harness = createHarness({ providers: { cards, other } });
    const pays = async (email: string, over = {}) => {
      await harness.clock.advance(SECOND);
      return (await harness.checkout({ buyer: { email }, ...over })).id;
    };
    const oldest = await pays("Anna@example.com");
    const middle = await pays("ben@example.com");
    const newest = await pays("cleo@example.com");
    await pays("anna@example.com", { providerName: "other" });
    const withProviderReference = await pays("anna@example.com");
    await harness.notify("cards", {
      ...paid({ paymentId: withProviderReference }),
      providerReference: providerReference("MINE"),
      reported: { status: "pending" },
    } as ParsedCallback);
    await harness.clock.advance(SECOND);
    await harness.notify("cards", paid({ providerReference: providerReference("LOST") }, " anna@EXAMPLE.com "));
    await pays("anna@example.com");
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    expect((await harness.store.openReviews(10))[0]?.candidates).toEqual([
      oldest,
      withProviderReference,
      newest,
      middle,
    ]);
  });

  it("adopts one whose payment got its provider reference without noticing it", async () => {
    const cards = silent();
    const harness = createHarness({ providers: { cards } });
    const { id } = await harness.checkout();
    await harness.notify("cards", paid({ providerReference: providerReference("R1") }));
    // Another process may do this between two transactions of this one.
    const { update } = harness.store;
    harness.store.update = (query, decide) => update({ ...query, adopt: false }, decide);
    await harness.notify("cards", {
      kind: "notification",
      about: { paymentId: id },
      providerReference: providerReference("R1"),
      reported: { status: "pending" },
    });
    harness.store.update = update;
    expect(await stateOf(harness, id)).toBe("pending");
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    expect(await harness.record(id)).toMatchObject({ payment: { state: "succeeded" } });
    expect(await harness.store.staleUnmatched(harness.clock.now(), 10)).toEqual([]);
    expect(await harness.reviews()).toEqual(["late_success"]);
  });

  it("never takes another system's order number for a reference of ours", async () => {
    const cards = silent();
    cards.onCreate = () => ({ kind: "accepted", providerReference: providerReference("1234"), next: { kind: "wait" } });
    const harness = createHarness({ providers: { cards } });
    const { id } = await harness.checkout();
    await harness.notify("cards", paid({ merchantReference: "1234" }));
    await harness.clock.advance(HOUR - 1);
    await sweep(harness.context);
    await harness.clock.advance(1);
    await sweep(harness.context);
    expect(await harness.facts(id)).not.toContain("succeeded");
    expect(await harness.reviews()).toEqual(["unmatched"]);
  });

  it("still adopts one that a person was asked about, once its payment shows up", async () => {
    const cards = silent();
    const harness = createHarness({ providers: { cards } });
    const { id } = await harness.checkout();
    await harness.notify("cards", paid({ providerReference: providerReference("R1") }));
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    await harness.notify("cards", {
      kind: "notification",
      about: { paymentId: id },
      providerReference: providerReference("R1"),
      reported: { status: "pending" },
    });
    expect(await stateOf(harness, id)).toBe("succeeded");
  });

  it("gets through more than it reads at once", async () => {
    const harness = createHarness({ providers: { cards: silent() } });
    for (let n = 0; n < 250; n++)
      await harness.notify("cards", paid({ providerReference: providerReference(`LOST-${n}`) }));
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    expect(await harness.store.staleUnmatched(harness.clock.now(), 1000)).toEqual([]);
  });
});

describe("sweeping", () => {
  it("goes on after a sweep that failed", async () => {
    const harness = createHarness();
    const { id } = await harness.checkout();
    harness.store.failNext("overdue", 2);
    const sweeping = startSweepLoop(harness.context);
    await harness.clock.advance(HOUR + 2 * SWEEP_INTERVAL_MS);
    expect(await stateOf(harness, id)).toBe("expired");
    expect(harness.logger.lines.filter(({ level }) => level === "error")).toHaveLength(2);
    await sweeping.stop();
  });

  it("stops at once while it rests, and after its sweep otherwise", async () => {
    const harness = createHarness();
    const resting = startSweepLoop(harness.context);
    await idle();
    await resting.stop();
    expect(harness.clock.sleeping()).toEqual([]);

    const go = harness.store.holdNext("staleUnmatched");
    const busy = startSweepLoop(harness.context);
    await idle();
    let stopped = false;
    const stopping = busy.stop().then(() => {
      stopped = true;
    });
    await idle();
    expect(stopped).toBe(false);
    go();
    await stopping;
    const { length } = harness.store.calls;
    await harness.clock.advance(HOUR);
    expect(harness.store.calls).toHaveLength(length);
  });

  it("ends after the batch at hand when it is to stop, however much is left", async () => {
    const harness = createHarness();
    for (let n = 0; n < 250; n++) await harness.checkout({ orderId: `order-${n}` });
    await harness.clock.advance(DAY);
    const stopping = new AbortController();
    const update = harness.store.update.bind(harness.store);
    let idle = 0;
    harness.store.update = (query, decide) => {
      if (++idle === 1) stopping.abort();
      return update(query, decide);
    };
    await sweep(harness.context, stopping.signal);
    expect(idle).toBe(100);
    await sweep(harness.context);
    expect(idle).toBe(250);
  });
});
