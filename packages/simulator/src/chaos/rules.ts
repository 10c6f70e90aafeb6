import { failure } from "../engine/failure.ts";
import { choice, type Field, type Kinds, onlyKnown, readKind, readObject, whole, wrong } from "../engine/fields.ts";
import type { CallbackChaos, Chaos, CreateFault } from "./model.ts";

/** `future`: the chaos of payments that do not exist yet. `existing`: of one payment, whose create is over. */
export type ChaosTarget = "future" | "existing";

/** The kinds of chaos that exist, with their fields, and the check of chaos that comes from outside. */
export interface ChaosRules {
  readonly callbackKinds: Kinds<CallbackChaos["kind"]>;
  readonly createKinds: Kinds<CreateFault["kind"]>;
  /** Throws `bad_chaos`, which names the field and what it must be. */
  read(value: unknown, target: ChaosTarget): Chaos;
}

/** Milliseconds; setTimeout treats anything longer as 1. */
const MAX_DELAY_MS = 2_147_483_647;
const MAX_COUNT = 1_000;

const times: Field = whole("times", false, 1, MAX_COUNT);
const number = whole("count", false, 1, MAX_COUNT);
const count: Field = {
  ...number,
  must: `${number.must}, or "all"`,
  fits: (value) => value === "all" || number.fits(value),
};

const CALLBACK_KINDS: Kinds<CallbackChaos["kind"]> = {
  delay: [whole("ms", true, 0, MAX_DELAY_MS)],
  drop: [count],
  duplicate: [whole("count", false, 2, 50)],
  reorder: [],
  contradict: [choice("order", true, ["success_failure", "failure_success"])],
  early: [choice("action", false, ["pay", "decline"])],
  wrong_secret: [count],
  foreign_token: [count],
  changed_id: [choice("to", true, ["nobody", "other"]), count],
};

/** `errorCodes` are the codes of every gateway's create errors. */
export function createChaosRules(errorCodes: readonly number[]): ChaosRules {
  const createKinds: Kinds<CreateFault["kind"]> = {
    refuse: [times],
    error: [choice("code", true, [...new Set(errorCodes)]), times],
    hang: [times],
    html: [times],
    truncated_json: [times],
  };
  return {
    callbackKinds: CALLBACK_KINDS,
    createKinds,
    read(value, target) {
      const given = readObject(value, "chaos", "bad_chaos");
      onlyKnown(given, "chaos", ["callbacks", "create"], "bad_chaos");
      const callbacks = given.callbacks === undefined ? undefined : readCallbacks(given.callbacks, target);
      const create =
        given.create === undefined
          ? undefined
          : readKind<CreateFault>(given.create, "create", createKinds, "bad_chaos");
      if (target === "existing" && create !== undefined) throw tooLate("create");
      return Object.freeze({ ...(callbacks && { callbacks }), ...(create && { create }) });
    },
  };
}

function readCallbacks(value: unknown, target: ChaosTarget): readonly CallbackChaos[] {
  if (!Array.isArray(value)) throw wrong("bad_chaos", "callbacks", "a list");
  const list = value.map((one, index) =>
    readKind<CallbackChaos>(one, `callbacks[${index}]`, CALLBACK_KINDS, "bad_chaos"),
  );
  const kinds = new Set(list.map(({ kind }) => kind));
  if (kinds.size < list.length) throw wrong("bad_chaos", "callbacks", "a list that has each kind once");
  if (target === "existing" && kinds.has("early")) throw tooLate("early");
  return Object.freeze(list);
}

function tooLate(field: string): Error {
  return failure("bad_chaos", `${field} applies to future payments only: this payment already exists`);
}
