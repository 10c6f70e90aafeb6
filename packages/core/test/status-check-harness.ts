import type { ParsedCallback, PaymentName } from "../src/contract/provider.ts";
import type { StatusReport } from "../src/model/status-report.ts";
import { type StatusChecks, startStatusChecks } from "../src/status/checks.ts";
import { fakeProvider, providerReference } from "../src/testing/fake-provider.ts";
import { idle } from "../src/testing/manual-clock.ts";
import { createHarness } from "./harness.ts";

type Answer = StatusReport | Error | Promise<StatusReport>;

const started: { readonly statusChecks: StatusChecks; readonly advance: (milliseconds: number) => Promise<void> }[] =
  [];

/** To be called after each test: whatever a test started is stopped, however it ended. */
export async function stopStatusChecks(): Promise<void> {
  for (const { advance, statusChecks } of started.splice(0)) {
    const stopping = statusChecks.stop();
    await advance(60_000);
    await stopping;
  }
}

/** A gateway that says only that something changed, and answers what the test has it answer: the last answer again and again. */
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
    /** What the gateway was asked for, in order. */
    asked,
    /** Milliseconds between one question and the next. */
    pauses: () => times.slice(1).map((time, n) => time - times[n]!),
    async start() {
      const statusChecks = startStatusChecks(harness.context);
      harness.onStatusCheck = statusChecks.wake;
      started.push({ statusChecks, advance: harness.clock.advance });
      await idle();
      return statusChecks;
    },
    /** The gateway says that something about a payment changed. */
    async change(about: Extract<ParsedCallback, { kind: "check_status" }>["about"], known?: string) {
      const reply = await harness.notify("cards", {
        kind: "check_status",
        about,
        ...(known && { providerReference: providerReference(known) }),
      });
      await idle();
      return reply;
    },
    /** Payments whose gateway may be asked by now, read past the loop. */
    due: async () =>
      (await harness.store.leaseStatusChecks(harness.clock.now(), harness.clock.now(), 100)).map(
        (ask) => ask.paymentId,
      ),
  };
}
