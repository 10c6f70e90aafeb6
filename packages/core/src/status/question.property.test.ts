import { afterEach, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { testRuns } from "../../../../test/support/runs.ts";
import { createStatusCheckHarness, stopStatusChecks } from "../../test/status-check-harness.ts";
import type { StatusReport } from "../model/status-report.ts";
import { sweep } from "./sweep.ts";

// For the long mode.
jest.setTimeout(600_000);

const HOUR = 3_600_000;

afterEach(stopStatusChecks);

const report = (status: StatusReport["status"]): StatusReport => ({ status, providerStatus: status });
/** What a gateway answers for some hours: a wrong key, words that no adapter reads, or a status. */
const answer = fc.oneof(
  { weight: 3, arbitrary: fc.constant(new Error("HTTP 401")) },
  fc.constantFrom(report("unrecognized"), report("pending"), report("succeeded"), report("failed")),
);
const scene = fc.record({ answer, hours: fc.constantFrom(1, 7, 30, 90), isHinted: fc.boolean() });
const play = fc.record({
  scenes: fc.array(scene, { minLength: 1, maxLength: 5 }),
  pendingUntilHours: fc.constantFrom(undefined, 100),
});

it("ends no hint without a decisive answer, an open review or a scheduled check", async () => {
  const property = fc.asyncProperty(play, async ({ scenes, pendingUntilHours }) => {
    const harness = createStatusCheckHarness(new Error("no answer"));
    if (pendingUntilHours) Object.assign(harness.cards.traits, { pendingUntilSeconds: pendingUntilHours * 3600 });
    await harness.start();
    const { id } = await harness.checkout();
    for (const { answer: said, hours, isHinted } of scenes) {
      harness.answers[0] = said;
      if (isHinted) await harness.change({ paymentId: id });
      await harness.clock.advance((hours * HOUR) / 2);
      await sweep(harness.context);
      await harness.clock.advance((hours * HOUR) / 2);
    }
    const facts = await harness.facts(id);
    const decided = facts.findLastIndex((kind) => ["succeeded", "failed"].includes(kind));
    const isWaiting = facts.lastIndexOf("check_status") > decided && harness.answers[0] instanceof Error;
    const now = harness.clock.now() + 13 * HOUR;
    const isScheduled = (await harness.store.leaseStatusChecks(now, now, 10)).length > 0;
    if (isWaiting) expect(isScheduled || (await harness.reviews()).length > 0).toBe(true);
  });
  await fc.assert(property, { numRuns: Math.ceil(testRuns() / 20), seed: 14 });
});
