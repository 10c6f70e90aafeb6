import { setImmediate as turnOfOthers } from "node:timers/promises";
import * as v from "valibot";
import { parseInput } from "../adapter-kit/parse-input.ts";
import { NAME } from "../check-config.ts";
import { LINE_TEXT, Line } from "../checkout/request.ts";
import type { PaymentPage, PaymentQuery } from "../contract/pay.ts";
import type { PaymentSearch, PaymentStore } from "../contract/store.ts";
import { PayError } from "../model/errors.ts";
import { firstPaymentIdOf, type PaymentId, parsePaymentId } from "../model/ids.ts";
import { checkMoney, type Money } from "../model/money.ts";
import { PAYMENT_STATES, type Payment } from "../model/payment.ts";

/** Payments that a store examines per call: a few milliseconds of this process if the store runs inside it. */
export const WINDOW = 2000;
/** Store calls per page, after which the caller must continue with `next`. */
export const MOST_WINDOWS = 10;
const LARGEST_PAGE = 200;
const DEFAULT_PAGE = 50;
/** Greatest distance between a payment's time and that of its id. Both are of one reading of the clock. */
const ID_TOLERANCE_MS = 60_000;

/**
 * Searches the store window by window until the page is full, the payments end, or the call has cost enough. Ids sort by time, so newest
 * first means by falling id, and a page continues below the last id of the page before, whatever was added or changed in between.
 *
 * @throws PayError `INVALID_REQUEST` before the store is read
 */
export async function listPayments(
  store: Pick<PaymentStore, "payments">,
  query: PaymentQuery = {},
): Promise<PaymentPage> {
  const { limit, search } = checkQuery(query);
  let { idBefore } = search;
  const payments: Payment[] = [];
  for (let windows = 1; ; windows++) {
    const found = await store.payments({
      ...search,
      ...(idBefore !== undefined && { idBefore }),
      limit: limit - payments.length,
    });
    payments.push(...found.payments.map(({ payment }) => payment));
    if (found.next === undefined) return { payments };
    if (payments.length >= limit || windows === MOST_WINDOWS) return { payments, next: found.next };
    idBefore = found.next;
    await turnOfOthers();
  }
}

const MOMENT_TEXT = "a Date, or Unix milliseconds";

const MUST_BE: Readonly<Record<string, string>> = {
  orderId: LINE_TEXT,
  orderIdContains: LINE_TEXT,
  providerReference: LINE_TEXT,
  providerName: "a name of letters, digits, - and _",
  state: `one of ${PAYMENT_STATES.join(", ")}`,
  from: MOMENT_TEXT,
  to: MOMENT_TEXT,
  after: "the next of the previous page",
  limit: `a whole number from 1 to ${LARGEST_PAGE}`,
};

const Moment = v.pipe(
  v.union([v.date(), v.number()]),
  v.transform(Number),
  v.check((at) => Number.isSafeInteger(at)),
);

const Query = v.strictObject({
  orderId: v.optional(Line),
  orderIdContains: v.optional(Line),
  providerReference: v.optional(Line),
  // checkMoney() checks it.
  amount: v.optional(v.unknown()),
  // Payments outlive the configuration of their provider.
  providerName: v.optional(v.pipe(v.string(), v.regex(NAME))),
  state: v.optional(v.picklist(PAYMENT_STATES)),
  from: v.optional(Moment),
  to: v.optional(Moment),
  after: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => parsePaymentId(text) !== undefined),
    ),
  ),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LARGEST_PAGE)), DEFAULT_PAGE),
});

function checkQuery(query: PaymentQuery): {
  readonly limit: number;
  readonly search: Omit<PaymentSearch, "limit">;
} {
  const checked = parseInput(Query, query, "INVALID_REQUEST", MUST_BE, "query");
  const { after, from, limit, orderId, orderIdContains, providerName, providerReference, state, to } = checked;
  const amount = checked.amount as Money | undefined;
  if (amount !== undefined) checkMoney(amount);
  if (from !== undefined && to !== undefined && from >= to) throw invalid("to", "must be later than from");
  const isFiltered = Object.keys(checked).some((field) => field !== "limit" && field !== "after");
  const before = [
    after as PaymentId | undefined,
    to === undefined ? undefined : firstPaymentIdOf(to + ID_TOLERANCE_MS),
  ];
  // The smaller id: ids compare as texts.
  const [idBefore] = before.filter((id) => id !== undefined).sort();
  const search = {
    ...(orderId !== undefined && { orderId }),
    ...(orderIdContains !== undefined && { orderIdContains }),
    ...(providerReference !== undefined && { providerReference }),
    ...(amount !== undefined && { amount: { value: amount.value, currency: amount.currency } }),
    ...(providerName !== undefined && { providerName }),
    ...(state !== undefined && { state }),
    ...(from !== undefined && { createdFrom: from, idFrom: firstPaymentIdOf(from - ID_TOLERANCE_MS) }),
    ...(to !== undefined && { createdBefore: to }),
    ...(idBefore !== undefined && { idBefore }),
    // If every payment matches, one more than the page holds shows whether there is another.
    window: isFiltered ? WINDOW : limit + 1,
  };
  return { limit, search };
}

function invalid(field: string, remedy: string): PayError {
  return new PayError("INVALID_REQUEST", `${field} ${remedy}.`, { field });
}
