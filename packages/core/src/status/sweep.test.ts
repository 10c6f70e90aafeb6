import { describe, expect, it } from "@jest/globals";
import { createBench } from "../../test/harness.ts";
import type { ParsedCallback } from "../contract/provider.ts";
import type { PaymentId } from "../model/ids.ts";
import { fakeProvider, providerReference } from "../testing/fake-provider.ts";
import { idle } from "../testing/manual-clock.ts";
import { SWEEP_INTERVAL_MS, startSweeping, sweep } from "./sweep.ts";

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

/** A provider that accepts without saying its ref. */
function silent() {
  const provider = fakeProvider();
  provider.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
  return provider;
}

const stateOf = async (bench: ReturnType<typeof createBench>, id: PaymentId) => (await bench.record(id)).payment.state;

describe("a sweep", () => {
  it("expires a silent payment at its deadline and not before", async () => {
    const bench = createBench();
    const { id } = await bench.checkout();
    await bench.clock.advance(HOUR - 1);
    await sweep(bench.context);
    expect(await stateOf(bench, id)).toBe("pending");
    await bench.clock.advance(1);
    await sweep(bench.context);
    expect(await stateOf(bench, id)).toBe("expired");
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "deadline"]);
    expect(bench.wakes).toBe(1);
  });

  it("changes nothing the second time", async () => {
    const bench = createBench();
    const { id } = await bench.checkout();
    await bench.clock.advance(DAY);
    await sweep(bench.context);
    await sweep(bench.context);
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "deadline"]);
  });

  it.each(["succeeded", "failed"] as const)("leaves a %s payment alone", async (status) => {
    const bench = createBench();
    const { id } = await bench.checkout();
    await bench.notify("cards", { kind: "notification", about: { paymentId: id }, reported: { status } });
    await bench.clock.advance(DAY);
    await sweep(bench.context);
    expect(await stateOf(bench, id)).toBe(status);
  });

  it("does not expire a payment that was paid between being found and being expired", async () => {
    const bench = createBench();
    const { id } = await bench.checkout();
    await bench.clock.advance(HOUR);
    const go = bench.store.holdNext("update");
    const sweeping = sweep(bench.context);
    await idle();
    await bench.notify("cards", paid({ paymentId: id }));
    go();
    await sweeping;
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
  });

  it("does not expire a payment whose deadline was moved meanwhile", async () => {
    const bench = createBench();
    const { id } = await bench.checkout();
    await bench.clock.advance(HOUR);
    const { update } = bench.store;
    bench.store.update = (query, decide) =>
      update(query, (found) => {
        const { record } = found;
        if (record === undefined) return decide(found);
        const payment = { ...record.payment, expiresAt: bench.clock.now() + 1 };
        return decide({ ...found, record: { ...record, payment } });
      });
    await sweep(bench.context);
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted"]);
  });

  it("takes the outcome of a create whose process died for unknown after a minute", async () => {
    const bench = createBench();
    bench.store.failNext("update");
    await bench.checkout().catch(() => {});
    const [record] = await bench.store.paymentsOfOrder("order-1");
    const { id } = record!.payment;
    await bench.clock.advance(MINUTE - 1);
    await sweep(bench.context);
    expect(await stateOf(bench, id)).toBe("created");
    await bench.clock.advance(1);
    await sweep(bench.context);
    expect(await bench.facts(id)).toEqual(["opened", "create_unknown"]);
    await bench.clock.advance(HOUR);
    await sweep(bench.context);
    expect(await stateOf(bench, id)).toBe("expired");
  });

  it("keeps nothing waiting behind a payment that cannot be settled, and takes that one next time", async () => {
    const bench = createBench();
    const { id: stuck } = await bench.checkout({ orderId: "order-1" });
    const { id: next } = await bench.checkout({ orderId: "order-2" });
    await bench.clock.advance(HOUR);
    bench.store.failNext("update");
    await sweep(bench.context);
    expect([await stateOf(bench, stuck), await stateOf(bench, next)]).toEqual(["pending", "expired"]);
    expect(bench.logger.lines).toEqual([expect.objectContaining({ level: "error", fields: { failed: 1 } })]);
    await sweep(bench.context);
    expect(await stateOf(bench, stuck)).toBe("expired");
  });

  it("gets through more than it reads at once", async () => {
    const bench = createBench();
    for (let n = 0; n < 250; n++) await bench.checkout({ orderId: `order-${n}` });
    await bench.clock.advance(HOUR);
    await sweep(bench.context);
    expect(await bench.store.overdue(bench.clock.now(), 0, 1000)).toEqual([]);
    expect(bench.wakes).toBe(250);
  });
});

describe("a sweep of more than it reads at once", () => {
  it("goes on after a batch of which some failed", async () => {
    const bench = createBench();
    for (let n = 0; n < 101; n++) await bench.checkout({ orderId: `order-${n}` });
    await bench.clock.advance(HOUR);
    bench.store.failNext("update");
    await sweep(bench.context);
    expect(await bench.store.overdue(bench.clock.now(), 0, 1000)).toEqual([]);
  });
});

describe("a sweep, when the clock was set", () => {
  it("a day forward: the payment expires too early, and its success still counts", async () => {
    const bench = createBench();
    const { id } = await bench.checkout();
    bench.clock.step(DAY);
    await sweep(bench.context);
    expect(await stateOf(bench, id)).toBe("expired");
    bench.clock.step(-DAY);
    await bench.notify("cards", paid({ paymentId: id }));
    expect(await stateOf(bench, id)).toBe("succeeded");
    expect(await bench.reviews()).toEqual(["late_success"]);
    await sweep(bench.context);
    expect(await stateOf(bench, id)).toBe("succeeded");
  });

  it.each([DAY, -DAY])("by %d ms: what is paid stays paid", async (step) => {
    const bench = createBench();
    const { id } = await bench.checkout();
    await bench.notify("cards", paid({ paymentId: id }));
    bench.clock.step(step);
    await sweep(bench.context);
    await bench.clock.advance(2 * DAY);
    await sweep(bench.context);
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
  });

  it("a day back: nothing expires early, and all of it in the end", async () => {
    const bench = createBench();
    const { id } = await bench.checkout();
    bench.clock.step(-DAY);
    await bench.clock.advance(2 * HOUR);
    await sweep(bench.context);
    expect(await stateOf(bench, id)).toBe("pending");
    bench.clock.step(DAY);
    await sweep(bench.context);
    expect(await stateOf(bench, id)).toBe("expired");
  });
});

describe("a sweep over orphans", () => {
  it("leaves one alone for an hour, then asks a person, once", async () => {
    const bench = createBench({ providers: { cards: silent() } });
    await bench.notify("cards", paid({ providerReference: providerReference("LOST") }));
    await bench.clock.advance(HOUR - 1);
    await sweep(bench.context);
    expect(await bench.reviews()).toEqual([]);
    await bench.clock.advance(1);
    await sweep(bench.context);
    await sweep(bench.context);
    const [review, ...rest] = await bench.store.openReviews(10);
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

  it("asks no second time when the same notification keeps coming", async () => {
    const bench = createBench({ providers: { cards: silent() } });
    for (let quarter = 0; quarter < 12; quarter++) {
      await bench.notify("cards", paid({ providerReference: providerReference("LOST") }));
      await bench.notify("cards", paid({ merchantReference: "somebody else's order" }));
      await bench.clock.advance(15 * MINUTE);
      await sweep(bench.context);
    }
    expect(await bench.reviews()).toEqual(["unmatched", "unmatched"]);
    expect(await bench.store.staleUnmatched(bench.clock.now(), 10)).toEqual([]);
  });

  it("proposes payments of the account without a ref: the same buyer's first, then the newest", async () => {
    const cards = silent();
    const other = fakeProvider({ merchantAccount: "fake:2" });
    other.onCreate = cards.onCreate;
    const bench = createBench({ providers: { cards, other } });
    const pays = async (email: string, over = {}) => {
      await bench.clock.advance(SECOND);
      return (await bench.checkout({ buyer: { email }, ...over })).id;
    };
    const oldest = await pays("Anna@example.com");
    const middle = await pays("ben@example.com");
    const newest = await pays("cleo@example.com");
    await pays("anna@example.com", { providerName: "other" });
    const withRef = await pays("anna@example.com");
    await bench.notify("cards", {
      ...paid({ paymentId: withRef }),
      providerReference: providerReference("MINE"),
      reported: { status: "pending" },
    } as ParsedCallback);
    await bench.clock.advance(SECOND);
    await bench.notify("cards", paid({ providerReference: providerReference("LOST") }, " anna@EXAMPLE.com "));
    await pays("anna@example.com");
    await bench.clock.advance(HOUR);
    await sweep(bench.context);
    expect((await bench.store.openReviews(10))[0]?.candidates).toEqual([oldest, newest, middle]);
  });

  it("adopts one whose payment got its ref without noticing it", async () => {
    const cards = silent();
    const bench = createBench({ providers: { cards } });
    const { id } = await bench.checkout();
    await bench.notify("cards", paid({ providerReference: providerReference("R1") }));
    // As another process may, between two transactions of this one.
    const { update } = bench.store;
    bench.store.update = (query, decide) => update({ ...query, adopt: false }, decide);
    await bench.notify("cards", {
      kind: "notification",
      about: { paymentId: id },
      providerReference: providerReference("R1"),
      reported: { status: "pending" },
    });
    bench.store.update = update;
    expect(await stateOf(bench, id)).toBe("pending");
    await bench.clock.advance(HOUR);
    await sweep(bench.context);
    expect(await bench.record(id)).toMatchObject({ payment: { state: "succeeded" } });
    expect(await bench.store.staleUnmatched(bench.clock.now(), 10)).toEqual([]);
    expect(await bench.reviews()).toEqual(["late_success"]);
  });

  it("never takes another system's order number for a ref of ours", async () => {
    const cards = silent();
    cards.onCreate = () => ({ kind: "accepted", providerReference: providerReference("1234"), next: { kind: "wait" } });
    const bench = createBench({ providers: { cards } });
    const { id } = await bench.checkout();
    await bench.notify("cards", paid({ merchantReference: "1234" }));
    await bench.clock.advance(HOUR - 1);
    await sweep(bench.context);
    await bench.clock.advance(1);
    await sweep(bench.context);
    expect(await bench.facts(id)).not.toContain("succeeded");
    expect(await bench.reviews()).toEqual(["unmatched"]);
  });

  it("still adopts one that a person was asked about, once its payment shows up", async () => {
    const cards = silent();
    const bench = createBench({ providers: { cards } });
    const { id } = await bench.checkout();
    await bench.notify("cards", paid({ providerReference: providerReference("R1") }));
    await bench.clock.advance(HOUR);
    await sweep(bench.context);
    await bench.notify("cards", {
      kind: "notification",
      about: { paymentId: id },
      providerReference: providerReference("R1"),
      reported: { status: "pending" },
    });
    expect(await stateOf(bench, id)).toBe("succeeded");
  });

  it("gets through more than it reads at once", async () => {
    const bench = createBench({ providers: { cards: silent() } });
    for (let n = 0; n < 250; n++)
      await bench.notify("cards", paid({ providerReference: providerReference(`LOST-${n}`) }));
    await bench.clock.advance(HOUR);
    await sweep(bench.context);
    expect(await bench.store.staleUnmatched(bench.clock.now(), 1000)).toEqual([]);
  });
});

describe("sweeping", () => {
  it("goes on after a sweep that failed", async () => {
    const bench = createBench();
    const { id } = await bench.checkout();
    bench.store.failNext("overdue", 2);
    const sweeping = startSweeping(bench.context);
    await bench.clock.advance(HOUR + 2 * SWEEP_INTERVAL_MS);
    expect(await stateOf(bench, id)).toBe("expired");
    expect(bench.logger.lines.filter(({ level }) => level === "error")).toHaveLength(2);
    await sweeping.stop();
  });

  it("stops at once while it rests, and after its sweep otherwise", async () => {
    const bench = createBench();
    const resting = startSweeping(bench.context);
    await idle();
    await resting.stop();
    expect(bench.clock.sleeping()).toEqual([]);

    const go = bench.store.holdNext("staleUnmatched");
    const busy = startSweeping(bench.context);
    await idle();
    let stopped = false;
    const stopping = busy.stop().then(() => {
      stopped = true;
    });
    await idle();
    expect(stopped).toBe(false);
    go();
    await stopping;
    const { length } = bench.store.calls;
    await bench.clock.advance(HOUR);
    expect(bench.store.calls).toHaveLength(length);
  });

  it("ends after the batch at hand when it is to stop, however much is left", async () => {
    const bench = createBench();
    for (let n = 0; n < 250; n++) await bench.checkout({ orderId: `order-${n}` });
    await bench.clock.advance(DAY);
    const stopping = new AbortController();
    const update = bench.store.update.bind(bench.store);
    let idle = 0;
    bench.store.update = (query, decide) => {
      if (++idle === 1) stopping.abort();
      return update(query, decide);
    };
    await sweep(bench.context, stopping.signal);
    expect(idle).toBe(100);
    await sweep(bench.context);
    expect(idle).toBe(250);
  });
});
