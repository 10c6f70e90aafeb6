import { describe, expect, it } from "@jest/globals";
import { newRecord, openingEntry } from "../../../../test/support/records.ts";
import { createBench } from "../../test/harness.ts";
import { sweep } from "../status/sweep.ts";
import { providerReference } from "../testing/fake-provider.ts";
import { recordFact } from "./record-fact.ts";

const ACCOUNT = "fake:1";

describe("settling", () => {
  it("leaves an orphan with another ref to a settlement that asks who owns that ref", async () => {
    const bench = createBench();
    const id = bench.context.ids.payment();
    const reported = { status: "succeeded" as const };
    await bench.notify("cards", {
      kind: "notification",
      about: { paymentId: id },
      providerReference: providerReference("OTHER"),
      reported,
    });
    const record = newRecord({ id, merchantAccount: ACCOUNT, expiresAt: bench.clock.now() + 86_400_000 });
    await bench.store.insert({ record, entry: openingEntry(record) });
    await recordFact(bench.context, {
      query: { merchantAccount: ACCOUNT, paymentId: id, providerReference: providerReference("R1"), adopt: true },
      fact: { kind: "create_accepted", providerReference: providerReference("R1"), next: { kind: "wait" } },
      failureIsFinal: false,
    });
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted"]);
    await bench.clock.advance(3_600_000);
    await sweep(bench.context);
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
    expect(await bench.reviews()).toEqual(["reference_mismatch"]);
    expect((await bench.record(id)).payment.state).toBe("pending");
  });

  it("rejects a cancellation of what is paid, and writes nothing", async () => {
    const bench = createBench();
    const { id } = await bench.checkout();
    const query = { merchantAccount: ACCOUNT, paymentId: id };
    await recordFact(bench.context, { query, fact: { kind: "succeeded" }, failureIsFinal: false });
    const canceling = recordFact(bench.context, { query, fact: { kind: "cancel" }, failureIsFinal: false });
    await expect(canceling).rejects.toMatchObject({ code: "ALREADY_SUCCEEDED", paymentId: id });
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
  });

  it("gives the same when the store asks again before it commits: only the last decision counts", async () => {
    const bench = createBench();
    const { id } = await bench.checkout();
    const store = bench.store.update;
    bench.store.update = (query, decide) =>
      store(query, (found) => {
        decide(found);
        decide(found);
        return decide(found);
      });
    const query = { merchantAccount: ACCOUNT, paymentId: id };
    await recordFact(bench.context, { query, fact: { kind: "failed" }, failureIsFinal: false });
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "failed"]);
    expect(bench.wakes).toBe(1);
  });
});
