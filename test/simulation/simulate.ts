import { checkAnswers } from "./answers.ts";
import { createDice } from "./dice.ts";
import { checkAtRest, checkAtTheEnd } from "./ending.ts";
import { createFaults } from "./faults.ts";
import { calm, chaos, days, people } from "./plot.ts";
import { createStage } from "./stage.ts";
import { createTimeline } from "./timeline.ts";
import { createTrace } from "./trace.ts";
import type { Violation, World } from "./world.ts";

export interface Outcome {
  readonly seed: number;
  readonly steps: number;
  /** Digest of the whole trace. */
  readonly digest: string;
  readonly violation: Violation | undefined;
  /** The trace, if requested. */
  readonly lines: readonly string[];
}

/** One run: two processes, a database, three gateways, buyers, operators and an attacker, with the faults of this seed. */
export async function simulate(seed: number, { keepTrace = false } = {}): Promise<Outcome> {
  const trace = createTrace(keepTrace);
  const dice = createDice(seed);
  let violation: Violation | undefined;
  const timeline = createTimeline(trace, () => violation !== undefined);
  const world: World = {
    ...{ dice, timeline, trace, faults: createFaults(dice) },
    violate(invariant, detail) {
      trace.note(`VIOLATED: ${invariant}: ${detail}`);
      violation ??= { step: timeline.steps(), invariant, detail };
    },
  };
  const stage = createStage(world);
  for (const act of [chaos, calm, checkAtRest, days, checkAnswers, people, checkAtTheEnd]) {
    await act(stage);
    if (violation !== undefined) break;
  }
  return { seed, steps: timeline.steps(), digest: trace.digest(), violation, lines: trace.lines };
}
