import { describe, expect, it } from "@jest/globals";
import { createHarness } from "../../test/harness.ts";
import type { PaymentName, PaymentProvider, ProviderRefundRequest, Retrieved } from "../contract/provider.ts";
import type { ProviderReference } from "../model/ids.ts";
import { refund } from "../refunds/refund.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { fakeProvider, providerReference } from "../testing/fake-provider.ts";
import { refreshFromProvider } from "./refresh.ts";
import { startStatusCheckLoop } from "./run-status-checks.ts";
import { sweep } from "./sweep.ts";

const HOUR = 3_600_000;

/** A harness whose provider has `retrieve`. */
function withRetrieve(retrieve: (asked: PaymentName, signal: AbortSignal) => Promise<Retrieved>) {
  const asked: PaymentName[] = [];
  const recordingRetrieve: PaymentProvider["retrieve"] = (name, { signal }) => {
    asked.push(name);
    return retrieve(name, signal);
  };
  const cards = Object.assign(fakeProvider(), { retrieve: recordingRetrieve });
  return { asked, harness: createHarness({ providers: { cards } }) };
}

const AMOUNT = { value: 1999, currency: "PLN" };

describe("a gateway that can be asked", () => {
  it("is asked before a silent payment expires, by every name it has", async () => {
    const { asked, harness } = withRetrieve(async () => ({ status: "succeeded", providerStatus: "PAID" }));
    const { id } = await harness.checkout();
    await sweep(harness.context);
    expect(asked).toEqual([]);
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    expect(asked).toEqual([
      { paymentId: id, merchantReference: id.slice(4), providerReference: `R-${id}`, amount: AMOUNT },
    ]);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
  });

  it("is heard as if it had notified: the same notification later is a repetition", async () => {
    const { harness } = withRetrieve(async () => ({ status: "succeeded", providerStatus: "PAID" }));
    const { id } = await harness.checkout();
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    const providerReference = (await harness.record(id)).payment.providerReference!;
    const version = (await harness.record(id)).version;
    const reported = { status: "succeeded", providerStatus: "PAID" } as const;
    await harness.notify("cards", { kind: "notification", about: { providerReference }, reported });
    expect((await harness.record(id)).version).toBe(version);
  });

  it.each<[string, () => Promise<Retrieved>]>([
    ["still waits", async () => ({ status: "pending" })],
    ["fails", async () => Promise.reject(new Error("secret in here"))],
  ])("that %s leaves the payment to expire", async (_, retrieve) => {
    const { harness } = withRetrieve(retrieve);
    const { id } = await harness.checkout();
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    expect((await harness.record(id)).payment.state).toBe("expired");
    expect(JSON.stringify(harness.logger)).not.toContain("secret in here");
  });

  it("that answers with another amount keeps the payment open for a person", async () => {
    const { harness } = withRetrieve(async () => ({ status: "succeeded", amount: { value: 1, currency: "PLN" } }));
    const { id } = await harness.checkout();
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    expect((await harness.record(id)).payment.state).toBe("pending");
    expect(await harness.reviews()).toEqual(["amount_mismatch"]);
  });

  it("that hangs is waited for twenty seconds, and no other payment waits for it", async () => {
    const { harness } = withRetrieve(async (_, signal) => {
      return new Promise<Retrieved>((_, reject) =>
        signal.addEventListener("abort", () => reject(new Error("aborted"))),
      );
    });
    const payments = await Promise.all([1, 2, 3].map((n) => harness.checkout({ orderId: `order-${n}` })));
    await harness.clock.advance(HOUR);
    const sweeping = sweep(harness.context);
    await harness.clock.advance(20_000);
    await sweeping;
    for (const { id } of payments) expect((await harness.record(id)).payment.state).toBe("expired");
  });

  it("that does not answer when its payment expires is asked on, and what it says then counts", async () => {
    const answers: (() => Promise<Retrieved>)[] = [
      () => Promise.reject(new Error("HTTP 500")),
      () => Promise.reject(new Error("HTTP 500")),
      async () => ({ status: "succeeded", providerStatus: "PAID" }),
    ];
    const { asked, harness } = withRetrieve(() => answers.shift()!());
    const { id } = await harness.checkout();
    const statusChecks = startStatusCheckLoop(harness.context);
    harness.onStatusCheck = statusChecks.wake;
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    expect((await harness.record(id)).payment.state).toBe("expired");
    await harness.clock.advance(29_000);
    expect(asked).toHaveLength(1);
    await harness.clock.advance(91_000);
    expect(asked).toHaveLength(3);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    const stopping = statusChecks.stop();
    await harness.clock.advance(60_000);
    await stopping;
  });

  it("that does not answer when its payment expires is asked on though a refund was heard of meanwhile", async () => {
    const answers: (() => Promise<Retrieved>)[] = [
      () => Promise.reject(new Error("HTTP 500")),
      async () => ({ status: "succeeded", providerStatus: "PAID" }),
    ];
    const { harness } = withRetrieve(() => answers.shift()!());
    const { id } = await harness.checkout();
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    const report = { providerReference: "F1", status: "succeeded", amount: { value: 1, currency: "PLN" } } as const;
    await harness.notify("cards", { kind: "refund", about: { paymentId: id }, refund: report });
    const statusChecks = startStatusCheckLoop(harness.context);
    await harness.clock.advance(60_000);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    const stopping = statusChecks.stop();
    await harness.clock.advance(60_000);
    await stopping;
  });

  it("that answered when its payment expired is asked no more", async () => {
    const { harness } = withRetrieve(async () => ({ status: "pending" }));
    await harness.checkout();
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    expect(await harness.store.leaseStatusChecks(harness.clock.now() + HOUR, harness.clock.now() + HOUR, 10)).toEqual(
      [],
    );
  });

  it("is the one of the payment's account, whatever another is called by now", async () => {
    const { asked, harness } = withRetrieve(async () => ({ status: "succeeded" }));
    const { id } = await harness.checkout();
    const old = harness.context.providers.get("cards")!;
    let others = 0;
    const cards = Object.assign(fakeProvider({ merchantAccount: "fake:2" }), {
      retrieve: async (): Promise<Retrieved> => ({ status: "failed", providerStatus: `${++others}` }),
    });
    for (const providers of [{ cards }, { cards, old }]) {
      await refreshFromProvider(
        { ...harness.context, providers: new Map(Object.entries(providers)) },
        await harness.record(id),
      );
    }
    expect([asked.length, others]).toEqual([1, 0]);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
  });

  it("is asked after a process that died in the middle of a create", async () => {
    const { asked, harness } = withRetrieve(async () => ({ status: "pending" }));
    const held = harness.store.holdNext("update");
    const lost = harness.checkout();
    await harness.clock.advance(61_000);
    const id = (await harness.store.order("order-1")).payments[0]!.payment.id;
    expect((await harness.record(id)).payment.state).toBe("created");
    await sweep(harness.context);
    expect(asked).toEqual([{ paymentId: id, merchantReference: id.slice(4), amount: AMOUNT }]);
    expect((await harness.record(id)).payment.state).toBe("pending");
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

  /** A provider whose create returns no provider reference. */
  function nameless(retrieve: () => Promise<Retrieved>) {
    const { harness } = withRetrieve(retrieve);
    const cards = harness.context.providers.get("cards")!;
    cards.create = async (request) => ({
      kind: "accepted",
      next: { kind: "redirect", url: `https://gateway.example/${request.merchantReference}` },
    });
    return harness;
  }

  it("has it kept where none was known", async () => {
    const harness = nameless(paid);
    const { id } = await harness.checkout();
    await refreshFromProvider(harness.context, await harness.record(id));
    expect((await harness.record(id)).payment).toMatchObject({ state: "succeeded", providerReference: "ORDER-7" });
    expect(await harness.store.paymentByProviderReference("fake:1", providerReference("ORDER-7"))).toBeDefined();
  });

  it("has what came under that name alone adopted", async () => {
    const harness = nameless(paid);
    const { id } = await harness.checkout();
    const about = { providerReference: providerReference("ORDER-7") };
    await harness.notify("cards", {
      kind: "notification",
      about,
      reported: { status: "pending", providerStatus: "1" },
    });
    await refreshFromProvider(harness.context, await harness.record(id));
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "succeeded", "pending"]);
  });

  it("is not believed about a payment of another name", async () => {
    const { harness } = withRetrieve(paid);
    const { id } = await harness.checkout();
    await refreshFromProvider(harness.context, await harness.record(id));
    expect((await harness.record(id)).payment).toMatchObject({ state: "pending", providerReference: `R-${id}` });
    expect(await harness.reviews()).toEqual(["reference_mismatch"]);
  });
});

describe("a gateway that says the money went back", () => {
  async function refundedOf(amounts: readonly number[], status: "succeeded" | "failed" | "pending" = "succeeded") {
    const { harness } = withRetrieve(async () => ({ status: "reversed", providerStatus: "3" }));
    const asked: ProviderRefundRequest[] = [];
    Object.assign(harness.context.providers.get("cards")!, {
      refund: async (request: ProviderRefundRequest) => {
        asked.push(request);
        return status !== "failed" ? { kind: status } : { kind: "rejected", code: "declined", retryable: false };
      },
    });
    const { id, providerReference: known } = await harness.checkout();
    const reported = { status: "succeeded" } as const;
    await harness.notify("cards", {
      kind: "notification",
      about: { providerReference: known as ProviderReference },
      reported,
    });
    for (const [at, amount] of amounts.entries()) {
      const call = { amount: { value: amount, currency: "PLN" }, idempotencyKey: `key-${at}` };
      await refund(harness.context, "cards", id, call).catch(() => {});
    }
    expect(asked).toHaveLength(amounts.length);
    await refreshFromProvider(harness.context, await harness.record(id));
    return { asked, harness, id };
  }

  it("says nothing new where the shop sent all of it back", async () => {
    const { harness } = await refundedOf([999, 1000]);
    expect(await harness.reviews()).toEqual([]);
  });

  it("says nothing new where the shop sent all of it back while it was thinking", async () => {
    const { harness } = withRetrieve(async () => {
      await refund(harness.context, "cards", id, { idempotencyKey: "key" });
      return { status: "reversed", providerStatus: "3" };
    });
    Object.assign(harness.context.providers.get("cards")!, { refund: async () => ({ kind: "succeeded" }) });
    const { id } = await harness.checkout();
    await harness.notify("cards", {
      kind: "notification",
      about: { paymentId: id },
      reported: { status: "succeeded" },
    });
    await refreshFromProvider(harness.context, await harness.record(id));
    expect(await harness.reviews()).toEqual([]);
  });

  it("is for a person while the shop's own refund is under way: one of them may be the other", async () => {
    const { harness, id } = await refundedOf([1999], "pending");
    expect(await harness.reviews()).toEqual(["unrecognized"]);
    expect((await harness.record(id)).reversed).toBe(false);
  });

  it("says nothing new where the shop sent back what came, which was less than was asked for", async () => {
    const { harness } = withRetrieve(async () => ({ status: "reversed", providerStatus: "3" }));
    Object.assign(harness.context.providers.get("cards")!, { refund: async () => ({ kind: "succeeded" }) });
    const { id } = await harness.checkout();
    const reported = { status: "succeeded", amount: { value: 1500, currency: "PLN" } } as const;
    await harness.notify("cards", { kind: "notification", about: { paymentId: id }, reported });
    await resolveReview(harness.context, (await harness.store.openReviews(1))[0]!.id, { action: "accept" });
    await refund(harness.context, "cards", id, { idempotencyKey: "key" });
    await refreshFromProvider(harness.context, await harness.record(id));
    expect(await harness.reviews()).toEqual([]);
  });

  it.each<[string, readonly number[], "succeeded" | "failed"]>([
    ["nobody did", [], "succeeded"],
    ["the shop sent some of it back", [999], "succeeded"],
    ["the refund failed", [1999], "failed"],
  ])("is heard where %s", async (_, amounts, status) => {
    const { harness } = await refundedOf(amounts, status);
    expect(await harness.reviews()).toEqual(["reversed"]);
  });

  it("receives an address for the refund's outcome: that of its other callbacks", async () => {
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
    const harness = createHarness({ providers: { psc } });
    const { id } = await harness.checkout();
    await harness.notify("psc", { kind: "notification", about: { paymentId: id }, reported: { status: "succeeded" } });
    await refund(harness.context, "psc", id, { idempotencyKey: "key" });
    expect(asked[0]?.callbackUrl).toBe(psc.creates[0]?.callbackUrl);
    expect(asked[0]?.callbackUrl).toContain(id);
  });
});
