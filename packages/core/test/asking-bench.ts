import type { PaymentName, Reception } from "../src/contract/provider.ts";
import { type Asking, startAsking } from "../src/flow/ask.ts";
import type { Observation } from "../src/model/observation.ts";
import { createBench } from "./bench.ts";
import { fakeProvider, ref } from "./fake-provider.ts";
import { settled } from "./manual-clock.ts";

type Answer = Observation | Error | Promise<Observation>;

const started: { readonly asking: Asking; readonly advance: (milliseconds: number) => Promise<void> }[] = [];

/** To be called after each test: whatever a test started is stopped, however it ended. */
export async function stopAsking(): Promise<void> {
  for (const { advance, asking } of started.splice(0)) {
    const stopping = asking.stop();
    await advance(60_000);
    await stopping;
  }
}

/** A gateway that says only that something changed, and answers what the test has it answer: the last answer again and again. */
export function createAskingBench(...first: readonly Answer[]) {
  const answers: Answer[] = [...first];
  const asked: PaymentName[] = [];
  const times: number[] = [];
  const cards = fakeProvider({
    can: {
      async retrieve(payment) {
        asked.push(payment);
        times.push(bench.clock.now());
        const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? new Error("no answer");
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
  });
  const bench = createBench({ providers: { cards } });
  return {
    ...bench,
    cards,
    answers,
    /** What the gateway was asked for, in order. */
    asked,
    /** Milliseconds between one question and the next. */
    pauses: () => times.slice(1).map((time, n) => time - times[n]!),
    async start() {
      const asking = startAsking(bench.deps);
      bench.onAsk = asking.wake;
      started.push({ asking, advance: bench.clock.advance });
      await settled();
      return asking;
    },
    /** The gateway says that something about a payment changed. */
    async change(about: Extract<Reception, { kind: "ask" }>["about"], known?: string) {
      const reply = await bench.notify("cards", { kind: "ask", about, ...(known && { ref: ref(known) }) });
      await settled();
      return reply;
    },
    /** Payments whose gateway may be asked by now, read past the loop. */
    due: async () =>
      (await bench.store.leaseAsks(bench.clock.now(), bench.clock.now(), 100)).map((ask) => ask.paymentId),
  };
}
