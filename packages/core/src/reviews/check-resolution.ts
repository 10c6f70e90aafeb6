import * as v from "valibot";
import { parseInput } from "../adapter-kit/parse-input.ts";
import { PayError } from "../model/errors.ts";
import { parsePaymentId } from "../model/ids.ts";
import type { AcceptedStatus, ReviewKind, ReviewResolution } from "../model/review.ts";

// Every store can keep it: no control characters except line feeds. Browsers end the lines of a form with CR LF, and tables paste tabs.
const text = (limit: number) =>
  v.pipe(
    v.string(),
    v.transform((given) => given.replaceAll(/\r\n?/g, "\n").replaceAll("\t", " ")),
    v.trim(),
    v.maxLength(limit),
    v.regex(/^(?:\P{Cc}|\n)+$/u),
    v.check((given) => given.isWellFormed()),
  );
/** The person who acts. */
export const Person: v.GenericSchema<string | undefined> = v.optional(text(200));
export const PERSON_TEXT = "text of at most 200 characters without control characters";
/** What the person says about it. */
export const Note: v.GenericSchema<string> = text(2000);
export const NOTE_TEXT = "text of 1 to 2,000 characters without control characters";
const PERSON = { by: Person, note: v.optional(Note) };

const Resolution = v.variant("action", [
  v.strictObject({
    action: v.literal("accept"),
    paymentId: v.optional(
      v.pipe(
        v.string(),
        v.check((id) => parsePaymentId(id) !== undefined),
      ),
    ),
    as: v.optional(v.picklist(["succeeded", "failed", "pending", "reversed"])),
    ...PERSON,
  }),
  v.strictObject({ action: v.literal("dismiss"), ...PERSON }),
  v.strictObject({ action: v.literal("note"), by: PERSON.by, note: Note }),
]);

const MUST_BE = {
  action: '"accept", "dismiss" or "note"',
  paymentId: "the id of a payment",
  as: '"succeeded", "failed", "pending" or "reversed"',
  by: PERSON_TEXT,
  note: NOTE_TEXT,
};

/** @throws PayError `INVALID_REQUEST` naming the field */
export function checkResolution(given: ReviewResolution): ReviewResolution {
  if (given?.action === "dismiss" || given?.action === "note") {
    const surplus = (["as", "paymentId"] as const).find((field) => field in given);
    if (surplus !== undefined) throw invalid(surplus, 'belongs to action "accept"; remove it');
  }
  return parseInput(Resolution, given, "INVALID_REQUEST", MUST_BE, "resolution") as ReviewResolution;
}

/**
 * Refuses a resolution that lacks a field its kind of review needs, or has one that this kind does not use.
 *
 * @param isOfKnownRefund whether the review asks for the outcome of a refund that the store has
 */
export function refuseUnused(
  kind: ReviewKind,
  isOfKnownRefund: boolean,
  accepts: { readonly paymentId?: string; readonly as?: AcceptedStatus } | undefined,
): void {
  if (accepts === undefined) return;
  const needsStatus = kind === "unrecognized" || isOfKnownRefund;
  if (needsStatus && accepts.as === undefined) throw invalid("as", "is missing: name the status it stands for");
  if (!needsStatus && accepts.as !== undefined) {
    throw invalid("as", "belongs to reviews of unrecognized statuses and unknown refunds; remove it");
  }
  if (isOfKnownRefund && accepts.as !== "succeeded" && accepts.as !== "failed") {
    throw invalid("as", 'must be "succeeded" or "failed" for a refund');
  }
  if (kind === "unmatched" && accepts.paymentId === undefined) {
    throw invalid("paymentId", "is missing: name the payment that the notification belongs to");
  }
  if (kind !== "unmatched" && accepts.paymentId !== undefined) {
    throw invalid("paymentId", "belongs to reviews of unmatched notifications; remove it");
  }
}

export function invalid(field: string, remedy: string): PayError {
  return new PayError("INVALID_REQUEST", `${field} ${remedy}.`, { field });
}
