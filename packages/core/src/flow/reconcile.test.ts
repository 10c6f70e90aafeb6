import { describe, expect, it } from "@jest/globals";
import { createBench } from "../../test/bench.ts";
import { fakeProvider } from "../../test/fake-provider.ts";
import type { PaymentName, PaymentProvider } from "../contract/provider.ts";
import type { Observation } from "../model/observation.ts";
import { sweep } from "./sweep.ts";

const HOUR = 3_600_000;

/** A bench whose gateway can be asked. */
function askable(retrieve: (asked: PaymentName, signal: AbortSignal) => Promise<Observation>) {
  const asked: PaymentName[] = [];
  const ask: PaymentProvider["retrieve"] = (name, { signal }) => {
    asked.push(name);
    return retrieve(name, signal);
  };
  const cards = Object.assign(fakeProvider(), { retrieve: ask });
  return { asked, bench: createBench({ providers: { cards } }) };
}

const AMOUNT = { amount: 1999, currency: "PLN" };

describe("a gateway that can be asked", () => {
  it("is asked before a silent payment expires, by every name it has", async () => {
    const { asked, bench } = askable(async () => ({ status: "succeeded", raw: "PAID" }));
    const { id } = await bench.checkout();
    await sweep(bench.deps);
    expect(asked).toEqual([]);
    await bench.clock.advance(HOUR);
    await sweep(bench.deps);
    expect(asked).toEqual([{ paymentId: id, reference: id.slice(4), ref: `R-${id}`, amount: AMOUNT }]);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
  });

  it("is heard as if it had notified: the same notification later is a repetition", async () => {
    const { bench } = askable(async () => ({ status: "succeeded", raw: "PAID" }));
    const { id } = await bench.checkout();
    await bench.clock.advance(HOUR);
    await sweep(bench.deps);
    const ref = (await bench.record(id)).payment.ref!;
    const version = (await bench.record(id)).version;
    const observed = { status: "succeeded", raw: "PAID" } as const;
    await bench.notify("cards", { kind: "notification", about: { ref }, observed });
    expect((await bench.record(id)).version).toBe(version);
  });

  it.each<[string, () => Promise<Observation>]>([
    ["still waits", async () => ({ status: "pending" })],
    ["fails", async () => Promise.reject(new Error("secret in here"))],
    ["answers with another amount", async () => ({ status: "succeeded", amount: { amount: 1, currency: "PLN" } })],
  ])("that %s leaves the payment to expire", async (_, retrieve) => {
    const { bench } = askable(retrieve);
    const { id } = await bench.checkout();
    await bench.clock.advance(HOUR);
    await sweep(bench.deps);
    expect((await bench.record(id)).payment.state).toBe("expired");
    expect(JSON.stringify(bench.logger)).not.toContain("secret in here");
  });

  it("that hangs is waited for twenty seconds, and no other payment waits for it", async () => {
    const { bench } = askable(async (_, signal) => {
      return new Promise<Observation>((_, reject) =>
        signal.addEventListener("abort", () => reject(new Error("aborted"))),
      );
    });
    const payments = await Promise.all([1, 2, 3].map((n) => bench.checkout({ orderId: `order-${n}` })));
    await bench.clock.advance(HOUR);
    const sweeping = sweep(bench.deps);
    await bench.clock.advance(20_000);
    await sweeping;
    for (const { id } of payments) expect((await bench.record(id)).payment.state).toBe("expired");
  });

  it("is asked after a process that died in the middle of a create", async () => {
    const { asked, bench } = askable(async () => ({ status: "pending" }));
    const held = bench.store.holdNext("settle");
    const lost = bench.checkout();
    await bench.clock.advance(61_000);
    const id = (await bench.store.paymentsOfOrder("order-1"))[0]!.payment.id;
    expect((await bench.record(id)).payment.state).toBe("created");
    await sweep(bench.deps);
    expect(asked).toEqual([{ paymentId: id, reference: id.slice(4), amount: AMOUNT }]);
    expect((await bench.record(id)).payment.state).toBe("pending");
    held();
    await lost;
  });
});
