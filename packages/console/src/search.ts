import type { AnyPay, Money, PaymentPage, PaymentQuery, PaymentState } from "@pay/core";
import { startOfDay } from "./day.ts";
import { parseAmount } from "./record.ts";
import type { Texts, Word } from "./texts/index.ts";

/** Fields of the search form, under their names in the page's address. */
export const SEARCH_FIELDS = ["order", "reference", "amount", "id", "provider", "state", "from", "to"] as const;
export type SearchField = (typeof SEARCH_FIELDS)[number];

/** The error of each invalid field. */
export type Wrong = Readonly<Partial<Record<SearchField | "after", Word>>>;

/** The search in the address of a page. */
export interface Search {
  /** The fields as the operator typed them. */
  readonly typed: Readonly<Record<SearchField, string>>;
  /** The last payment of the page before. Empty on the first page. */
  readonly after: string;
  readonly query: PaymentQuery;
  readonly wrong: Wrong;
}

export const PAYMENT_ID: RegExp = /^pay_[0-7][0-9a-hjkmnp-tv-z]{25}$/;
const LINE = /^\P{Cc}{1,200}$/u;
/** The form's field and error for each field that Pay can reject. */
const FIELDS: Readonly<Record<string, readonly [keyof Wrong, Word]>> = {
  orderId: ["order", "badOrder"],
  providerReference: ["reference", "badReference"],
  providerName: ["provider", "badProvider"],
  state: ["state", "badState"],
  from: ["from", "badDate"],
  to: ["to", "badRange"],
  after: ["after", "badPage"],
};

export function readSearch(given: (name: string) => string | undefined, texts: Texts, timeZone: string): Search {
  const of = (name: string) => (given(name) ?? "").trim();
  // The id of an order may begin or end with a space, and a link to it names it exactly.
  const order = of("order") === "" ? "" : (given("order") ?? "");
  const typed = { ...Object.fromEntries(SEARCH_FIELDS.map((name) => [name, of(name)])), order } as Search["typed"];
  const after = of("after");
  const amount = typed.amount === "" ? undefined : amountOf(typed.amount);
  const from = startOfDay(typed.from, timeZone);
  // The search includes the last day.
  const to = startOfDay(typed.to, timeZone, 1);
  const checks: readonly (readonly [keyof Wrong, boolean, Word])[] = [
    ["order", isLine(typed.order), "badOrder"],
    ["reference", isLine(typed.reference), "badReference"],
    ["amount", amount !== "wrong", "badAmount"],
    ["id", typed.id === "" || PAYMENT_ID.test(typed.id), "badId"],
    ["state", typed.state === "" || Object.hasOwn(texts.states, typed.state), "badState"],
    ["from", typed.from === "" || from !== undefined, "badDate"],
    ["to", typed.to === "" || to !== undefined, "badDate"],
    ["to", from === undefined || to === undefined || from < to, "badRange"],
    ["after", after === "" || PAYMENT_ID.test(after), "badPage"],
  ];
  const wrong = Object.fromEntries(checks.filter(([, fits]) => !fits).map(([field, , word]) => [field, word])) as Wrong;
  const query: PaymentQuery = {
    ...(typed.order !== "" && { orderId: typed.order }),
    ...(typed.reference !== "" && { providerReference: typed.reference }),
    ...(amount !== undefined && amount !== "wrong" && { amount }),
    ...(typed.provider !== "" && { providerName: typed.provider }),
    ...(typed.state !== "" && { state: typed.state as PaymentState }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(after !== "" && { after }),
  };
  return { typed, after, query, wrong };
}

/** The payments of this very order or, if it has none that match, those of orders whose id contains it. */
export async function findPayments({ payments }: Pick<AnyPay, "payments">, query: PaymentQuery): Promise<PaymentPage> {
  const { orderId, ...others } = query;
  if (orderId === undefined) return payments.list(query);
  const pasted = orderId.trim();
  for (const exact of new Set([orderId, pasted])) {
    const found = await payments.list({ ...others, orderId: exact });
    if (found.payments.length > 0) return found;
  }
  return payments.list({ ...others, orderIdContains: pasted });
}

function isLine(text: string): boolean {
  return text === "" || (LINE.test(text) && text.isWellFormed());
}

/** Signs with which the console shows amounts. */
const SIGNS: Readonly<Record<string, string>> = { zł: "PLN", "€": "EUR", "£": "GBP" };

/** Reads `19.99 PLN` or `PLN 19,99`, and an amount as the console shows it, such as `19,99 zł`. Without a currency it is in złoty. */
function amountOf(text: string): Money | "wrong" {
  const [, first = "PLN", before, after = first] =
    /^([A-Za-z]{3}|[€£])?([\d.,\s]+)([A-Za-z]{3}|zł|[€£])?$/.exec(text) ?? [];
  if (before === undefined) return "wrong";
  return parseAmount(before, Object.hasOwn(SIGNS, after) ? SIGNS[after]! : after.toUpperCase());
}

/** Pay's own error, at the form's field. */
export function wrongOf(field: string | undefined): Wrong {
  const known = field !== undefined && Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
  return known === undefined ? {} : { [known[0]]: known[1] };
}
