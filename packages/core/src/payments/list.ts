import { setImmediate as turnOfOthers } from "node:timers/promises";
import * as v from "valibot";
import { parseInput } from "../adapter-kit/parse-input.ts";
import { LINE_TEXT, Line } from "../checkout/request.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { PaymentPage, PaymentQuery } from "../contract/pay.ts";
import type { PaymentSearch, PaymentStore } from "../contract/store.ts";
import { PayError } from "../model/errors.ts";
import { firstPaymentIdOf, type PaymentId, parsePaymentId } from "../model/ids.ts";
import { PAYMENT_STATES, type Payment } from "../model/payment.ts";

/** Payments that a store looks at in one go: a few milliseconds of this process, where the store is in it. */
export const WINDOW = 2000;
/** Windows of one call, after which the caller is asked to go on. */
export const MOST_WINDOWS = 10;
const LARGEST_PAGE = 200;
const PAGE = 50;
/**
 * Milliseconds between a payment's time and that of its id, at most. They are of one reading of the clock; those of earlier versions
 * were of two that followed each other.
 */
const APART = 60_000;

export interface ListDeps {
  readonly store: Pick<PaymentStore, "payments">;
  /** By instance name, retired ones too. */
  readonly providers: ReadonlyMap<string, AnyProvider>;
}

/**
 * Goes through the store window by window until the page is full, the payments end or it was enough for one call. Ids sort by time,
 * so that newest first is by id, and a page goes on before the id where the one before it ended, whatever came or changed meanwhile.
 *
 * @throws PayError `INVALID_REQUEST` before the store is asked
 */
export async function listPayments({ providers, store }: ListDeps, query: PaymentQuery = {}): Promise<PaymentPage> {
  const { limit, search } = checkQuery(query, providers);
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

const MOMENT_TEXT = "a date, or Unix milliseconds";

const MUST_BE: Readonly<Record<string, string>> = {
  orderId: LINE_TEXT,
  providerName: "the name of a configured provider",
  state: `one of ${PAYMENT_STATES.join(", ")}`,
  from: MOMENT_TEXT,
  to: MOMENT_TEXT,
  after: "the next of a page before",
  limit: `a whole number from 1 to ${LARGEST_PAGE}`,
};

const Moment = v.pipe(
  v.union([v.date(), v.number()]),
  v.transform(Number),
  v.check((at) => Number.isSafeInteger(at)),
);

const Query = v.strictObject({
  orderId: v.optional(Line),
  providerName: v.optional(v.string()),
  state: v.optional(v.picklist(PAYMENT_STATES)),
  from: v.optional(Moment),
  to: v.optional(Moment),
  after: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => parsePaymentId(text) !== undefined),
    ),
  ),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LARGEST_PAGE)), PAGE),
});

function checkQuery(
  query: PaymentQuery,
  providers: ListDeps["providers"],
): { readonly limit: number; readonly search: Omit<PaymentSearch, "limit"> } {
  const { after, from, limit, orderId, providerName, state, to } = parseInput(
    Query,
    query,
    "INVALID_REQUEST",
    MUST_BE,
    "query",
  );
  if (providerName !== undefined && !providers.has(providerName)) {
    throw invalid("providerName", `must be the name of a configured provider: ${[...providers.keys()].join(", ")}`);
  }
  if (from !== undefined && to !== undefined && from >= to) throw invalid("to", "must be later than from");
  const isFiltered = [orderId, providerName, state, from, to].some((filter) => filter !== undefined);
  const before = [after as PaymentId | undefined, to === undefined ? undefined : firstPaymentIdOf(to + APART)];
  // As texts, for both are ids: the smaller one.
  const [idBefore] = before.filter((id) => id !== undefined).sort();
  const search = {
    ...(orderId !== undefined && { orderId }),
    ...(providerName !== undefined && { providerName }),
    ...(state !== undefined && { state }),
    ...(from !== undefined && { createdFrom: from, idFrom: firstPaymentIdOf(from - APART) }),
    ...(to !== undefined && { createdBefore: to }),
    ...(idBefore !== undefined && { idBefore }),
    // Where all fit, one more than the page tells whether there is another.
    window: isFiltered ? WINDOW : limit + 1,
  };
  return { limit, search };
}

function invalid(field: string, remedy: string): PayError {
  return new PayError("INVALID_REQUEST", `${field} ${remedy}.`, { field });
}
