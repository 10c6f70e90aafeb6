import { describe, expect, it } from "@jest/globals";
import { insertRequestOf, newRecord } from "../../../../test/support/records.ts";
import { createHarness } from "../../test/harness.ts";
import { sweep } from "../status/sweep.ts";
import { providerReference } from "../testing/fake-provider.ts";
import { recordFact } from "./record-fact.ts";

const ACCOUNT = "fake:1";

describe("recording a fact", () => {
  it("leaves an unmatched notification with another reference to a fact whose query asks for that reference's owner", async () => {
    const harness = createHarness();
    const id = harness.context.ids.payment();
    const reported = { status: "succeeded" as const };
    await harness.notify("cards", {
      kind: "notification",
      about: { paymentId: id },
      providerReference: providerReference("OTHER"),
      reported,
    });
    const record = newRecord({ id, merchantAccount: ACCOUNT, expiresAt: harness.clock.now() + 86_400_000 });
    await harness.store.insert(insertRequestOf(record));
    await recordFact(harness.context, {
      query: { merchantAccount: ACCOUNT, paymentId: id, providerReference: providerReference("R1"), adopt: true },
      fact: { kind: "create_accepted", providerReference: providerReference("R1"), next: { kind: "wait" } },
    });
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted"]);
    await harness.clock.advance(3_600_000);
    await sweep(harness.context);
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
    expect(await harness.reviews()).toEqual(["reference_mismatch"]);
    expect((await harness.record(id)).payment.state).toBe("pending");
  });

  it("rejects a cancellation of what is paid, and writes nothing", async () => {
    const harness = createHarness();
    const { id } = await harness.checkout();
    const query = { merchantAccount: ACCOUNT, paymentId: id };
    await recordFact(harness.context, { query, fact: { kind: "succeeded" } });
    const canceling = recordFact(harness.context, { query, fact: { kind: "cancel" } });
    await expect(canceling).rejects.toMatchObject({ code: "ALREADY_SUCCEEDED", paymentId: id });
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "succeeded"]);
  });

  it("gives the same when the store asks again before it commits: only the last decision counts", async () => {
    const harness = createHarness();
    const { id } = await harness.checkout();
    const store = harness.store.update;
    harness.store.update = (query, decide) =>
      store(query, (found) => {
        decide(found);
        decide(found);
        return decide(found);
      });
    const query = { merchantAccount: ACCOUNT, paymentId: id };
    await recordFact(harness.context, { query, fact: { kind: "failed" } });
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "failed"]);
    expect(harness.wakes).toBe(1);
  });
});
