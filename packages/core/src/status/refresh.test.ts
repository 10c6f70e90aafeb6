import { describe, expect, it } from "@jest/globals";
import { createBench } from "../../test/harness.ts";
import type { PaymentName, PaymentProvider, ProviderRefundRequest, Retrieved } from "../contract/provider.ts";
import type { ProviderReference } from "../model/ids.ts";
import { refund } from "../refunds/refund.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { fakeProvider, providerReference } from "../testing/fake-provider.ts";
import { startStatusChecks } from "./checks.ts";
import { refreshFromProvider } from "./refresh.ts";
import { sweep } from "./sweep.ts";

const HOUR = 3_600_000;

/** A bench whose gateway can be asked. */
function askable(retrieve: (asked: PaymentName, signal: AbortSignal) => Promise<Retrieved>) {
  const asked: PaymentName[] = [];
  const ask: PaymentProvider["retrieve"] = (name, { signal }) => {
    asked.push(name);
    return retrieve(name, signal);
  };
  const cards = Object.assign(fakeProvider(), { retrieve: ask });
  return { asked, bench: createBench({ providers: { cards } }) };
}

const AMOUNT = { value: 1999, currency: "PLN" };

describe("a gateway that can be asked", () => {
  it("is asked before a silent payment expires, by every name it has", async () => {
    const { asked, bench } = askable(async () => ({ status: "succeeded", providerStatus: "PAID" }));
    const { id } = await bench.checkout();
    await sweep(bench.context);
    expect(asked).toEqual([]);
    await bench.clock.advance(HOUR);
    await sweep(bench.context);
    expect(asked).toEqual([
      { paymentId: id, merchantReference: id.slice(4), providerReference: `R-${id}`, amount: AMOUNT },
    ]);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
  });

  it("is heard as if it had notified: the same notification later is a repetition", async () => {
    const { bench } = askable(async () => ({ status: "succeeded", providerStatus: "PAID" }));
    const { id } = await bench.checkout();
    await bench.clock.advance(HOUR);
    await sweep(bench.context);
    const providerReference = (await bench.record(id)).payment.providerReference!;
    const version = (await bench.record(id)).version;
    const reported = { status: "succeeded", providerStatus: "PAID" } as const;
    await bench.notify("cards", { kind: "notification", about: { providerReference }, reported });
    expect((await bench.record(id)).version).toBe(version);
  });

  it.each<[string, () => Promise<Retrieved>]>([
    ["still waits", async () => ({ status: "pending" })],
    ["fails", async () => Promise.reject(new Error("secret in here"))],
    ["answers with another amount", async () => ({ status: "succeeded", amount: { value: 1, currency: "PLN" } })],
  ])("that %s leaves the payment to expire", async (_, retrieve) => {
    const { bench } = askable(retrieve);
    const { id } = await bench.checkout();
    await bench.clock.advance(HOUR);
    await sweep(bench.context);
    expect((await bench.record(id)).payment.state).toBe("expired");
    expect(JSON.stringify(bench.logger)).not.toContain("secret in here");
  });

  it("that hangs is waited for twenty seconds, and no other payment waits for it", async () => {
    const { bench } = askable(async (_, signal) => {
      return new Promise<Retrieved>((_, reject) =>
        signal.addEventListener("abort", () => reject(new Error("aborted"))),
      );
    });
    const payments = await Promise.all([1, 2, 3].map((n) => bench.checkout({ orderId: `order-${n}` })));
    await bench.clock.advance(HOUR);
    const sweeping = sweep(bench.context);
    await bench.clock.advance(20_000);
    await sweeping;
    for (const { id } of payments) expect((await bench.record(id)).payment.state).toBe("expired");
  });

  it("that does not answer when its payment expires is asked on, and what it says then counts", async () => {
    const answers: (() => Promise<Retrieved>)[] = [
      () => Promise.reject(new Error("HTTP 500")),
      () => Promise.reject(new Error("HTTP 500")),
      async () => ({ status: "succeeded", providerStatus: "PAID" }),
    ];
    const { asked, bench } = askable(() => answers.shift()!());
    const { id } = await bench.checkout();
    const statusChecks = startStatusChecks(bench.context);
    bench.onStatusCheck = statusChecks.wake;
    await bench.clock.advance(HOUR);
    await sweep(bench.context);
    expect((await bench.record(id)).payment.state).toBe("expired");
    await bench.clock.advance(29_000);
    expect(asked).toHaveLength(1);
    await bench.clock.advance(91_000);
    expect(asked).toHaveLength(3);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    const stopping = statusChecks.stop();
    await bench.clock.advance(60_000);
    await stopping;
  });

  it("that does not answer when its payment expires is asked on though a refund was heard of meanwhile", async () => {
    const answers: (() => Promise<Retrieved>)[] = [
      () => Promise.reject(new Error("HTTP 500")),
      async () => ({ status: "succeeded", providerStatus: "PAID" }),
    ];
    const { bench } = askable(() => answers.shift()!());
    const { id } = await bench.checkout();
    await bench.clock.advance(HOUR);
    await sweep(bench.context);
    const told = { providerReference: "F1", status: "succeeded", amount: { value: 1, currency: "PLN" } } as const;
    await bench.notify("cards", { kind: "refund", about: { paymentId: id }, refund: told });
    const statusChecks = startStatusChecks(bench.context);
    await bench.clock.advance(60_000);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    const stopping = statusChecks.stop();
    await bench.clock.advance(60_000);
    await stopping;
  });

  it("that answered when its payment expired is asked no more", async () => {
    const { bench } = askable(async () => ({ status: "pending" }));
    await bench.checkout();
    await bench.clock.advance(HOUR);
    await sweep(bench.context);
    expect(await bench.store.leaseStatusChecks(bench.clock.now() + HOUR, bench.clock.now() + HOUR, 10)).toEqual([]);
  });

  it("is the one of the payment's account, whatever another is called by now", async () => {
    const { asked, bench } = askable(async () => ({ status: "succeeded" }));
    const { id } = await bench.checkout();
    const old = bench.context.providers.get("cards")!;
    let others = 0;
    const cards = Object.assign(fakeProvider({ merchantAccount: "fake:2" }), {
      retrieve: async (): Promise<Retrieved> => ({ status: "failed", providerStatus: `${++others}` }),
    });
    for (const providers of [{ cards }, { cards, old }]) {
      await refreshFromProvider(
        { ...bench.context, providers: new Map(Object.entries(providers)) },
        await bench.record(id),
      );
    }
    expect([asked.length, others]).toEqual([1, 0]);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
  });

  it("is asked after a process that died in the middle of a create", async () => {
    const { asked, bench } = askable(async () => ({ status: "pending" }));
    const held = bench.store.holdNext("update");
    const lost = bench.checkout();
    await bench.clock.advance(61_000);
    const id = (await bench.store.paymentsOfOrder("order-1"))[0]!.payment.id;
    expect((await bench.record(id)).payment.state).toBe("created");
    await sweep(bench.context);
    expect(asked).toEqual([{ paymentId: id, merchantReference: id.slice(4), amount: AMOUNT }]);
    expect((await bench.record(id)).payment.state).toBe("pending");
    held();
    await lost;
  });
});

describe("a gateway that names the payment in its answer", () => {
  const paid = async (): Promise<Retrieved> => ({
    status: "succeeded",
    providerReference: providerReference("ORDER-7"),
    providerStatus: "2",
  });

  /** Its create gives no name. */
  function nameless(retrieve: () => Promise<Retrieved>) {
    const { bench } = askable(retrieve);
    const cards = bench.context.providers.get("cards")!;
    cards.create = async (request) => ({
      kind: "accepted",
      next: { kind: "redirect", url: `https://gateway.example/${request.merchantReference}` },
    });
    return bench;
  }

  it("has it kept where none was known", async () => {
    const bench = nameless(paid);
    const { id } = await bench.checkout();
    await refreshFromProvider(bench.context, await bench.record(id));
    expect((await bench.record(id)).payment).toMatchObject({ state: "succeeded", providerReference: "ORDER-7" });
    expect(await bench.store.paymentByProviderReference("fake:1", providerReference("ORDER-7"))).toBeDefined();
  });

  it("has what came under that name alone adopted", async () => {
    const bench = nameless(paid);
    const { id } = await bench.checkout();
    const about = { providerReference: providerReference("ORDER-7") };
    await bench.notify("cards", { kind: "notification", about, reported: { status: "pending", providerStatus: "1" } });
    await refreshFromProvider(bench.context, await bench.record(id));
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "succeeded", "pending"]);
  });

  it("is not believed about a payment of another name", async () => {
    const { bench } = askable(paid);
    const { id } = await bench.checkout();
    await refreshFromProvider(bench.context, await bench.record(id));
    expect((await bench.record(id)).payment).toMatchObject({ state: "pending", providerReference: `R-${id}` });
    expect(await bench.reviews()).toEqual(["reference_mismatch"]);
  });
});

describe("a gateway that says the money went back", () => {
  async function refundedOf(amounts: readonly number[], status: "succeeded" | "failed" | "pending" = "succeeded") {
    const { bench } = askable(async () => ({ status: "reversed", providerStatus: "3" }));
    const asked: ProviderRefundRequest[] = [];
    Object.assign(bench.context.providers.get("cards")!, {
      refund: async (request: ProviderRefundRequest) => {
        asked.push(request);
        return status !== "failed" ? { kind: status } : { kind: "rejected", code: "declined", retryable: false };
      },
    });
    const { id, providerReference: known } = await bench.checkout();
    const reported = { status: "succeeded" } as const;
    await bench.notify("cards", {
      kind: "notification",
      about: { providerReference: known as ProviderReference },
      reported,
    });
    for (const [at, amount] of amounts.entries()) {
      const call = { amount: { value: amount, currency: "PLN" }, idempotencyKey: `key-${at}` };
      await refund(bench.context, "cards", id, call).catch(() => {});
    }
    expect(asked).toHaveLength(amounts.length);
    await refreshFromProvider(bench.context, await bench.record(id));
    return { asked, bench, id };
  }

  it("says nothing new where the shop sent all of it back", async () => {
    const { bench } = await refundedOf([999, 1000]);
    expect(await bench.reviews()).toEqual([]);
  });

  it("says nothing new where the shop sent all of it back while it was thinking", async () => {
    const { bench } = askable(async () => {
      await refund(bench.context, "cards", id, { idempotencyKey: "key" });
      return { status: "reversed", providerStatus: "3" };
    });
    Object.assign(bench.context.providers.get("cards")!, { refund: async () => ({ kind: "succeeded" }) });
    const { id } = await bench.checkout();
    await bench.notify("cards", { kind: "notification", about: { paymentId: id }, reported: { status: "succeeded" } });
    await refreshFromProvider(bench.context, await bench.record(id));
    expect(await bench.reviews()).toEqual([]);
  });

  it("is for a person while the shop's own refund is under way: one of them may be the other", async () => {
    const { bench, id } = await refundedOf([1999], "pending");
    expect(await bench.reviews()).toEqual(["unrecognized"]);
    expect((await bench.record(id)).reversed).toBe(false);
  });

  it("says nothing new where the shop sent back what came, which was less than was asked for", async () => {
    const { bench } = askable(async () => ({ status: "reversed", providerStatus: "3" }));
    Object.assign(bench.context.providers.get("cards")!, { refund: async () => ({ kind: "succeeded" }) });
    const { id } = await bench.checkout();
    const reported = { status: "succeeded", amount: { value: 1500, currency: "PLN" } } as const;
    await bench.notify("cards", { kind: "notification", about: { paymentId: id }, reported });
    await resolveReview(bench.context, (await bench.store.openReviews(1))[0]!.id, { action: "accept" });
    await refund(bench.context, "cards", id, { idempotencyKey: "key" });
    await refreshFromProvider(bench.context, await bench.record(id));
    expect(await bench.reviews()).toEqual([]);
  });

  it.each<[string, readonly number[], "succeeded" | "failed"]>([
    ["nobody did", [], "succeeded"],
    ["the shop sent some of it back", [999], "succeeded"],
    ["the refund failed", [1999], "failed"],
  ])("is heard where %s", async (_, amounts, status) => {
    const { bench } = await refundedOf(amounts, status);
    expect(await bench.reviews()).toEqual(["reversed"]);
  });

  it("is told where to say what became of a refund: to the address of its other callbacks", async () => {
    const { asked } = await refundedOf([1999]);
    expect(asked[0]?.callbackUrl).toBe("https://shop.example/pay/callbacks/cards");
  });

  it("is told the payment's own address where that is the proof", async () => {
    const asked: ProviderRefundRequest[] = [];
    const psc = Object.assign(fakeProvider({ callback: { correlation: "callback-url" } }), {
      refund: async (request: ProviderRefundRequest) => {
        asked.push(request);
        return { kind: "succeeded" } as const;
      },
    });
    const bench = createBench({ providers: { psc } });
    const { id } = await bench.checkout();
    await bench.notify("psc", { kind: "notification", about: { paymentId: id }, reported: { status: "succeeded" } });
    await refund(bench.context, "psc", id, { idempotencyKey: "key" });
    expect(asked[0]?.callbackUrl).toBe(psc.creates[0]?.callbackUrl);
    expect(asked[0]?.callbackUrl).toContain(id);
  });
});
