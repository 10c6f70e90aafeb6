import type { CallbackChaos, Chaos, Count, FalseCallbackKind } from "./model.ts";

/** What one callback says. Only `genuine` is what the gateway itself would say. */
export type CallbackContent = "genuine" | "opposite" | "nothing" | FalseCallbackKind | "unknown_id" | "other_id";

/** One callback, or several copies of it at once. */
export interface CallbackStep {
  readonly content: CallbackContent;
  readonly copies: number;
  /** True if the genuine callback never follows. */
  readonly isEndless: boolean;
  /** The kinds of chaos that produced it. */
  readonly chaos: readonly CallbackChaos["kind"][];
}

/** The callbacks of a finished payment, one after the other. */
export interface CallbackSequence {
  /** Milliseconds before the first callback. */
  readonly delayMs: number;
  /** Takes the next callback that is not held back. It never runs out: the genuine callback repeats at the end. */
  next(): CallbackStep;
  isHolding(): boolean;
  /** Takes the callback that `reorder` holds back. */
  release(): CallbackStep | null;
  /** True while callbacks are left that only chaos causes. */
  hasFalseCallbacks(): boolean;
}

interface Stretch {
  readonly content: CallbackContent;
  left: number;
  readonly isEndless: boolean;
  readonly kind: CallbackChaos["kind"];
}

export function createSequence({ callbacks = [] }: Chaos, isPaid: boolean): CallbackSequence {
  const find = <K extends CallbackChaos["kind"]>(kind: K) =>
    callbacks.find((one): one is Extract<CallbackChaos, { kind: K }> => one.kind === kind);
  const stretches: Stretch[] = callbacks.flatMap((one) => stretchesOf(one, isPaid));
  const delayMs = find("delay")?.ms ?? 0;
  const duplicate = find("duplicate");
  let copies = duplicate === undefined ? 1 : (duplicate.count ?? 2);
  let onFirst: CallbackChaos["kind"][] = callbacks
    .map(({ kind }) => kind)
    .filter((kind) => kind === "delay" || kind === "early");

  function next(): CallbackStep {
    const stretch = stretches[0];
    const kinds = onFirst;
    onFirst = [];
    if (stretch !== undefined) {
      if (--stretch.left === 0) stretches.shift();
      const { content, isEndless, kind } = stretch;
      return { content, copies: 1, isEndless, chaos: [...kinds, kind] };
    }
    const chaos: CallbackStep["chaos"] = copies > 1 ? [...kinds, "duplicate"] : kinds;
    const step: CallbackStep = { content: "genuine", copies, isEndless: false, chaos };
    copies = 1;
    return step;
  }

  let held = find("reorder") === undefined ? null : next();
  return {
    delayMs,
    next,
    isHolding: () => held !== null,
    release() {
      const released = held;
      held = null;
      return released && { ...released, chaos: [...released.chaos, "reorder"] };
    },
    hasFalseCallbacks: () => stretches.length > 0,
  };
}

function stretchesOf(chaos: CallbackChaos, isPaid: boolean): Stretch[] {
  const { kind } = chaos;
  switch (chaos.kind) {
    case "delay":
    case "duplicate":
    case "early":
    case "reorder":
      return [];
    case "drop":
      return [stretch("nothing", kind, chaos.count)];
    case "wrong_secret":
    case "foreign_token":
      return [stretch(chaos.kind, kind, chaos.count)];
    case "changed_id":
      return [stretch(chaos.to === "other" ? "other_id" : "unknown_id", kind, chaos.count)];
    case "contradict": {
      const endsGenuine = isPaid === (chaos.order === "failure_success");
      return endsGenuine ? [stretch("opposite", kind)] : [stretch("genuine", kind), stretch("opposite", kind)];
    }
    default:
      return chaos satisfies never;
  }
}

function stretch(content: CallbackContent, kind: CallbackChaos["kind"], count: Count = 1): Stretch {
  const isEndless = count === "all";
  return { content, left: isEndless ? Number.POSITIVE_INFINITY : count, isEndless, kind };
}
