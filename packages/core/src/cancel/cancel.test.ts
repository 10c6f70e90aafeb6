import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { createHarness, withoutProvider } from "../../test/harness.ts";
import { ACCEPTED, hanging } from "../../test/outcomes.ts";
import type { CancelOutcome, PaymentName } from "../contract/provider.ts";
import { fakeProvider } from "../testing/fake-provider.ts";
import { idle, until } from "../testing/manual-clock.ts";
import { cancel as cancelIn } from "./cancel.ts";

/** An open payment at a gateway that answers a cancel as the test wants. */
async function cancelable(answer: () => CancelOutcome | Promise<CancelOutcome> = () => ({ kind: "canceled" })) {
  const asked: PaymentName[] = [];
  const can = {
    async cancel(payment: PaymentName) {
      asked.push(payment);
      return answer();
    },
  };
  const cards = fakeProvider({ can });
  const harness = createHarness({ providers: { cards, without: fakeProvider({ merchantAccount: "fake:2" }) } });
  const { id } = await harness.checkout();
  const notify = (status: "succeeded" | "failed") =>
    harness.notify("cards", { kind: "notification", about: { paymentId: id }, reported: { status } });
  return { harness, asked, id, notify, cancel: (which: string = id) => cancelIn(harness.context, which) };
}

describe("canceling", () => {
  it("has the gateway give the payment up first, by every name it has, and only then gives it up here", async () => {
    const held = Promise.withResolvers<CancelOutcome>();
    const { asked, harness, cancel, id } = await cancelable(() => held.promise);
    const canceling = cancel();
    await until(() => asked.length === 1);
    expect((await harness.record(id)).payment.state).toBe("pending");
    held.resolve({ kind: "canceled" });
    expect(await canceling).toEqual((await harness.record(id)).payment);
    expect((await canceling).state).toBe("canceled");
    expect(harness.clock.sleeping()).toEqual([]);
    const amount = { value: 1999, currency: "PLN" };
    expect(asked).toEqual([{ paymentId: id, merchantReference: id.slice(4), providerReference: `R-${id}`, amount }]);
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "cancel"]);
    expect(harness.wakes).toBe(1);
  });

  it("gives a payment up here alone where its gateway cannot, or was left stranded", async () => {
    const { asked, harness, cancel } = await cancelable();
    const [first, second] = [
      await harness.checkout({ providerName: "without", orderId: "order-2" }),
      await harness.checkout({ providerName: "without", orderId: "order-3" }),
    ];
    expect((await cancel(first.id)).state).toBe("canceled");
    const context = { ...withoutProvider(harness.context, "without"), strandedAccounts: new Set(["fake:2"]) };
    expect((await cancelIn(context, second.id)).state).toBe("canceled");
    expect(asked).toEqual([]);
  });

  it("leaves the payment open in a process without a provider of its account, and says where to cancel it", async () => {
    const { asked, harness, id } = await cancelable();
    const old = withoutProvider(harness.context, "cards");
    const error = await errorOf(cancelIn(old, id));
    expect(error).toMatchObject({ code: "PROVIDER_UNAVAILABLE", paymentId: id, providerName: "cards" });
    expect(error.message).toBe(
      "No provider of fake:1 is configured in this process; cancel the payment in one that has it.",
    );
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted"]);
    expect(asked).toEqual([]);
  });

  it.each<[string, () => CancelOutcome | Promise<CancelOutcome>, string, object]>([
    [
      "refuses",
      () => ({ kind: "rejected", code: "declined", retryable: false, providerCode: "E17" }),
      "CANCEL_REJECTED",
      { providerCode: "E17" },
    ],
    ["is not reached", () => ({ kind: "not_sent", cause: new Error("ECONNREFUSED") }), "PROVIDER_UNAVAILABLE", {}],
    ["may have done it", () => ({ kind: "unknown", cause: new Error("ECONNRESET") }), "OUTCOME_UNKNOWN", {}],
    ["does not answer in time", () => new Promise(() => {}), "OUTCOME_UNKNOWN", {}],
    ["makes the adapter fail", () => Promise.reject(new TypeError("canary")), "OUTCOME_UNKNOWN", {}],
    ["answers what there is not", () => ({ kind: "done" }) as never, "OUTCOME_UNKNOWN", {}],
    ["answers nothing", () => undefined as never, "OUTCOME_UNKNOWN", {}],
  ])("leaves the payment open where the gateway %s", async (_, answer, code, details) => {
    const { harness, cancel, id } = await cancelable(answer);
    const failing = errorOf(cancel());
    await harness.clock.advance(30_000);
    expect(await failing).toMatchObject({ code, paymentId: id, providerName: "cards", ...details });
    expect((await failing).message).not.toContain("canary");
    expect(JSON.stringify(harness.logger.lines)).not.toContain("canary");
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted"]);
    expect(harness.wakes).toBe(0);
    expect(harness.clock.sleeping()).toEqual([]);
  });

  it("leaves a closed payment as it is, and asks nobody", async () => {
    const { asked, harness, cancel, notify, id } = await cancelable();
    await notify("failed");
    expect((await cancel()).state).toBe("failed");
    expect((await cancel()).state).toBe("failed");
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "failed"]);
    expect(asked).toEqual([]);
  });

  it("does not undo a success, and asks nobody", async () => {
    const { asked, cancel, notify, id } = await cancelable();
    await notify("succeeded");
    expect(await errorOf(cancel())).toMatchObject({ code: "ALREADY_SUCCEEDED", paymentId: id });
    expect(asked).toEqual([]);
  });

  it("loses against a success that comes while the gateway is asked", async () => {
    const held = Promise.withResolvers<CancelOutcome>();
    const { asked, harness, cancel, notify, id } = await cancelable(() => held.promise);
    const failing = errorOf(cancel());
    await until(() => asked.length === 1);
    await notify("succeeded");
    held.resolve({ kind: "canceled" });
    expect(await failing).toMatchObject({ code: "ALREADY_SUCCEEDED" });
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
  });

  it("keeps no success out that comes all the same, and a person is shown it", async () => {
    const { harness, cancel, notify, id } = await cancelable();
    await cancel();
    await notify("succeeded");
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    expect(await harness.reviews()).toEqual(["late_success"]);
  });

  it("during the checkout keeps the buyer away from the gateway's page", async () => {
    const { answer, provider } = hanging();
    const harness = createHarness({ providers: { cards: provider } });
    const paying = errorOf(harness.checkout());
    await until(() => provider.creates.length === 1);
    const { paymentId } = provider.creates[0]!;
    expect((await cancelIn(harness.context, paymentId)).state).toBe("canceled");
    answer(ACCEPTED);
    expect(await paying).toMatchObject({ code: "CREATE_REJECTED", paymentId });
    expect((await harness.record(paymentId)).payment.state).toBe("canceled");
  });

  it("twice at once tells of it once", async () => {
    const { harness, cancel, id } = await cancelable();
    const both = await Promise.all([cancel(), cancel()]);
    expect(both.map(({ state }) => state)).toEqual(["canceled", "canceled"]);
    expect(harness.wakes).toBe(1);
    expect((await harness.record(id)).payment.state).toBe("canceled");
  });

  it("knows nothing of a payment nobody opened, and does not ask the store what is no id", async () => {
    const { harness, cancel } = await cancelable();
    expect(await errorOf(cancel("pay_01h455vb4pex5vsknk084sn02q"))).toMatchObject({ code: "NOT_FOUND" });
    harness.store.calls.length = 0;
    for (const id of ["", "pay_", "nobody\0", null as never]) {
      expect(await errorOf(cancel(id))).toMatchObject({ code: "NOT_FOUND" });
    }
    await idle();
    expect(harness.store.calls).toEqual([]);
  });
});
