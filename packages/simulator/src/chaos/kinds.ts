import { choice, type Field, type Kinds, whole } from "../fields.ts";
import type { CallbackChaos, CreateFault } from "./model.ts";

/** Milliseconds; setTimeout takes anything longer for 1. */
const LONGEST = 2_147_483_647;
/** More at once, or in a row, tells no more. */
const MANY = 1_000;

const times: Field = whole("times", false, 1, MANY);
const number = whole("count", false, 1, MANY);
const count: Field = {
  ...number,
  must: `${number.must}, or "all"`,
  fits: (value) => value === "all" || number.fits(value),
};

/** Every kind of callback chaos and its fields; the forms and the check of JSON are made of it. */
export const CALLBACK_KINDS: Kinds<CallbackChaos["kind"]> = {
  delay: [whole("ms", true, 0, LONGEST)],
  drop: [count],
  duplicate: [whole("count", false, 2, 50)],
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
export const CREATE_KINDS: Kinds<CreateFault["kind"]> = {
  refuse: [times],
  error: [choice("code", true, [...GOSETTI_CODES, ...SELLLY_CODES]), times],
  hang: [times],
  html: [times],
  truncated_json: [times],
};
