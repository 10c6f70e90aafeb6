import type { ParsedCallback, PaymentName } from "../src/contract/provider.ts";
import type { StatusReport } from "../src/model/status-report.ts";
import { type StatusCheckLoop, startStatusCheckLoop } from "../src/status/run-status-checks.ts";
import { fakeProvider, providerReference } from "../src/testing/fake-provider.ts";
import { idle } from "../src/testing/manual-clock.ts";
import { createHarness } from "./harness.ts";

type Answer = StatusReport | Error | Promise<StatusReport>;

const started: { readonly statusChecks: StatusCheckLoop; readonly advance: (durationMs: number) => Promise<void> }[] =
  [];

/** Call it after each test. It stops what the test started, even if the test failed. */
export async function stopStatusChecks(): Promise<void> {
  for (const { advance, statusChecks } of started.splice(0)) {
    const stopping = statusChecks.stop();
    await advance(60_000);
    await stopping;
  }
}

/** A gateway whose callbacks only say that something changed, and that answers as the test wants. It repeats the last answer. */
export function createStatusCheckHarness(...first: readonly Answer[]) {
  const answers: Answer[] = [...first];
  const asked: PaymentName[] = [];
  const times: number[] = [];
  const cards = fakeProvider({
    can: {
      async retrieve(payment) {
        asked.push(payment);
        times.push(harness.clock.now());
        const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? new Error("no answer");
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
  });
  const harness = createHarness({ providers: { cards } });
  return {
    ...harness,
    cards,
    answers,
    /** The payments that the gateway was asked about, in order. */
    asked,
    /** Milliseconds between consecutive questions. */
    pauses: () => times.slice(1).map((time, n) => time - times[n]!),
    async start() {
      const statusChecks = startStatusCheckLoop(harness.context);
      harness.onStatusCheck = statusChecks.wake;
      started.push({ statusChecks, advance: harness.clock.advance });
      await idle();
      return statusChecks;
    },
    /** Handles a callback which says that something about a payment changed. */
    async change(about: Extract<ParsedCallback, { kind: "check_status" }>["about"], known?: string) {
      const reply = await harness.notify("cards", {
        kind: "check_status",
        about,
        ...(known && { providerReference: providerReference(known) }),
      });
      await idle();
      return reply;
    },
    /** Payments with a due status check, leased directly from the store. */
    due: async () =>
      (await harness.store.leaseStatusChecks(harness.clock.now(), harness.clock.now(), 100)).map(
        (check) => check.paymentId,
      ),
  };
}
