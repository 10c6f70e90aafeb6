import type { CallbackChaos, CreateFault } from "./model.ts";

/** A field of one kind of chaos: how it is written in JSON and in a form, and what it must be. */
export interface Field {
  readonly name: string;
  readonly needed: boolean;
  /** What it must be, in words that follow "must be". */
  readonly must: string;
  readonly fits: (value: unknown) => boolean;
  /** The values there are to choose from; none: a number. */
  readonly choices?: readonly (string | number)[];
}

/** Milliseconds; setTimeout takes anything longer for 1. */
const LONGEST = 2_147_483_647;
/** More at once, or in a row, tells no more. */
const MANY = 1_000;

const whole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

const ms: Field = {
  name: "ms",
  needed: true,
  must: `milliseconds, a whole number from 0 to ${LONGEST}`,
  fits: (value) => whole(value, 0, LONGEST),
};

const count: Field = {
  name: "count",
  needed: false,
  must: `a whole number from 1 to ${MANY}, or "all"`,
  fits: (value) => value === "all" || whole(value, 1, MANY),
};

const copies: Field = {
  name: "count",
  needed: false,
  must: "a whole number from 2 to 50",
  fits: (value) => whole(value, 2, 50),
};

const times: Field = {
  name: "times",
  needed: false,
  must: `a whole number from 1 to ${MANY}`,
  fits: (value) => whole(value, 1, MANY),
};

function choice(name: string, needed: boolean, choices: readonly (string | number)[]): Field {
  const must = `one of ${choices.map((one) => JSON.stringify(one)).join(", ")}`;
  return { name, needed, must, fits: (value) => choices.includes(value as string), choices };
}

/** Every kind of callback chaos and its fields; the forms and the check of JSON are made of it. */
export const CALLBACK_KINDS: Readonly<Record<CallbackChaos["kind"], readonly Field[]>> = {
  delay: [ms],
  drop: [count],
  duplicate: [copies],
  reorder: [],
  contradict: [choice("order", true, ["success_failure", "failure_success"])],
  early: [choice("action", false, ["pay", "decline"])],
  wrong_secret: [count],
  foreign_token: [count],
  changed_id: [choice("to", true, ["nobody", "other"]), count],
};

/** The statuses of GOSetti.pl's errors, all ours. */
export const GOSETTI_CODES: readonly number[] = [400, 415, 500];
/** The table of the Sellly API document, section "Kody błędów". */
export const SELLLY_CODES: readonly number[] = [600, 601, 602, 603, 604, 605, 606, 607, 608, 609, 610, 699];

/** Every kind of create fault and its fields. */
export const CREATE_KINDS: Readonly<Record<CreateFault["kind"], readonly Field[]>> = {
  refuse: [times],
  error: [choice("code", true, [...GOSETTI_CODES, ...SELLLY_CODES]), times],
  hang: [times],
  html: [times],
  truncated_json: [times],
};
