import type { CallbackChaos, Chaos, Count } from "./model.ts";

/** What one callback says. Anything but `truth` and `opposite` is no word of the gateway's. */
export type Say = "truth" | "opposite" | "nothing" | "wrong_secret" | "foreign_token" | "id_of_nobody" | "id_of_other";

/** A callback, or several at once, as the chaos has it. */
export interface Step {
  readonly say: Say;
  readonly copies: number;
  /** Never followed by the truth. */
  readonly isEndless: boolean;
  /** The kinds of chaos that made it what it is. */
  readonly chaos: readonly CallbackChaos["kind"][];
}

/** What a finished payment's callbacks say, one after the other. */
export interface Course {
  /** Milliseconds before the first. */
  readonly delay: number;
  /** Takes the next one that is not held back. There is always one: in the end it is the truth, again and again. */
  next(): Step;
  isHolding(): boolean;
  /** Takes the one that `reorder` holds back. */
  release(): Step | null;
  /** Whether what comes next was not to come without chaos. */
  owes(): boolean;
}

interface Stretch {
  readonly say: Say;
  left: number;
  readonly isEndless: boolean;
  readonly kind: CallbackChaos["kind"] | null;
}

export function createCourse({ callbacks = [] }: Chaos, isPaid: boolean): Course {
  const find = <K extends CallbackChaos["kind"]>(kind: K) =>
    callbacks.find((one): one is Extract<CallbackChaos, { kind: K }> => one.kind === kind);
  const stretches: Stretch[] = callbacks.flatMap((one) => falseStart(one, isPaid));
  const delay = find("delay")?.ms ?? 0;
  const duplicate = find("duplicate");
  let copies = duplicate === undefined ? 1 : (duplicate.count ?? 2);
  let first: CallbackChaos["kind"][] = callbacks
    .map(({ kind }) => kind)
    .filter((kind) => kind === "delay" || kind === "early");

  function next(): Step {
    const stretch = stretches[0];
    const marks = first;
    first = [];
    if (stretch !== undefined) {
      if (--stretch.left === 0) stretches.shift();
      const { isEndless, kind, say } = stretch;
      return { say, copies: 1, isEndless, chaos: kind === null ? marks : [...marks, kind] };
    }
    const step: Step = { say: "truth", copies, isEndless: false, chaos: copies > 1 ? [...marks, "duplicate"] : marks };
    copies = 1;
    return step;
  }

  let held = find("reorder") === undefined ? null : next();
  return {
    delay,
    next,
    isHolding: () => held !== null,
    release() {
      const released = held;
      held = null;
      return released && { ...released, chaos: [...released.chaos, "reorder"] };
    },
    owes: () => stretches.length > 0,
  };
}

function falseStart(chaos: CallbackChaos, isPaid: boolean): Stretch[] {
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
      return [stretch(chaos.to === "other" ? "id_of_other" : "id_of_nobody", kind, chaos.count)];
    case "contradict": {
      const endsTrue = isPaid === (chaos.order === "failure_success");
      return endsTrue ? [stretch("opposite", kind)] : [stretch("truth", kind), stretch("opposite", kind)];
    }
    default:
      return chaos satisfies never;
  }
}

function stretch(say: Say, kind: CallbackChaos["kind"], count: Count = 1): Stretch {
  const isEndless = count === "all";
  return { say, left: isEndless ? Number.POSITIVE_INFINITY : count, isEndless, kind };
}
