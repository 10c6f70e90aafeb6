import * as v from "valibot";
import { parseInput } from "../adapter-kit/parse-input.ts";
import { LINE_TEXT, Line } from "../checkout/request.ts";
import type { RecordRequest } from "../contract/pay.ts";
import type { OperatorAct, RecordedStatus } from "../model/fact.ts";
import type { RefundId } from "../model/ids.ts";
import { checkMoney, type Money } from "../model/money.ts";
import { invalid, NOTE_TEXT, Note, PERSON_TEXT, Person } from "../reviews/check-resolution.ts";

/** What a person recorded of a payment, or of a refund that it has. */
export type RecordAct = Extract<OperatorAct, { kind: "record" }> & { readonly as: Exclude<RecordedStatus, "refunded"> };

/** A refund that a person made, or saw, in the gateway's panel. */
export interface RefundMade {
  readonly kind: "refund_made";
  readonly amount: Money;
  /** The same key counts once. */
  readonly key: string;
  readonly refundProviderReference?: string;
  readonly by: string;
  readonly note?: string;
}

const Given = v.strictObject({
  as: v.picklist(["succeeded", "failed", "canceled", "reversed", "refunded"]),
  refund: v.optional(v.string()),
  // checkMoney() checks it.
  amount: v.optional(v.unknown()),
  idempotencyKey: v.optional(Line),
  refundProviderReference: v.optional(v.pipe(v.string(), v.trim(), Line)),
  by: v.nonOptional(Person),
  note: v.optional(Note),
});
const MUST_BE = {
  as: '"succeeded", "failed", "canceled", "reversed" or "refunded"',
  refund: "the id of a refund of the payment",
  idempotencyKey: LINE_TEXT,
  refundProviderReference: LINE_TEXT,
  by: `the name of the person who records it, ${PERSON_TEXT}`,
  note: NOTE_TEXT,
};

/** @throws PayError `INVALID_REQUEST` or `INVALID_AMOUNT`, naming the field */
export function checkRecord(given: RecordRequest): RecordAct | RefundMade {
  const checked = parseInput(Given, given, "INVALID_REQUEST", MUST_BE, "record");
  const { as, by, idempotencyKey, note, refund, refundProviderReference } = checked;
  const amount = checked.amount as Money | undefined;
  const person = { by, ...(note !== undefined && { note }) };
  if (as === "refunded") {
    if (refund !== undefined) throw invalid("refund", "belongs to a refund that Pay knows; record that as succeeded");
    if (idempotencyKey === undefined) throw invalid("idempotencyKey", `must be ${LINE_TEXT}`);
    checkMoney(amount as Money);
    const named = refundProviderReference !== undefined && { refundProviderReference };
    return { kind: "refund_made", amount: amount as Money, key: idempotencyKey, ...named, ...person };
  }
  if (idempotencyKey !== undefined) throw invalid("idempotencyKey", 'belongs to "refunded"; remove it');
  if (refundProviderReference !== undefined)
    throw invalid("refundProviderReference", 'belongs to "refunded"; remove it');
  if (refund !== undefined && as !== "succeeded" && as !== "failed") {
    throw invalid("as", 'must be "succeeded" or "failed" for a refund');
  }
  if (amount !== undefined && refund !== undefined) throw invalid("amount", "belongs to payments; remove it");
  if (amount !== undefined && as === "reversed")
    throw invalid("amount", 'belongs to "succeeded" and "refunded"; record a part that went back as "refunded"');
  if (amount !== undefined && as !== "succeeded")
    throw invalid("amount", 'belongs to "succeeded" and "refunded"; remove it');
  if (amount !== undefined) checkMoney(amount);
  return {
    kind: "record",
    as,
    ...(refund !== undefined && { refund: refund as RefundId }),
    ...(amount !== undefined && { amount }),
    ...person,
  };
}
