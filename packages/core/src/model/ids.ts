/** `pay_` and 26 characters of `[0-9a-z]`: a TypeID, so that ids sort by creation time. */
export type PaymentId = string & { readonly __id: "payment" };
/** `evt_…`: the same for every delivery of one event. Deduplicate by it. */
export type EventId = string & { readonly __id: "event" };
/** `rev_…` */
export type ReviewId = string & { readonly __id: "review" };
/** `rfd_…` */
export type RefundId = string & { readonly __id: "refund" };
/** The gateway's name for a payment, unique within one merchant account. At most 200 characters. A refund's name is a plain string. */
export type ProviderReference = string & { readonly __id: "provider-reference" };

/** Returns a new array of `size` random bytes. */
export type Random = (size: number) => Uint8Array;

const PAYMENT_ID = /^pay_[0-7][0-9a-hjkmnp-tv-z]{25}$/;
const REVIEW_ID = /^rev_[0-7][0-9a-hjkmnp-tv-z]{25}$/;
const REFERENCE = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;
const PREFIX_LENGTH = "pay_".length;
const PROVIDER_REFERENCE = /^[^\p{Cc}\ufffd]{1,200}$/u;

/** Returns the id if the value is one, otherwise `undefined`. JavaScript may give anything. */
export function parsePaymentId(value: unknown): PaymentId | undefined {
  return typeof value === "string" && PAYMENT_ID.test(value) ? (value as PaymentId) : undefined;
}

/** The same for the id of a review. */
export function parseReviewId(value: unknown): ReviewId | undefined {
  return typeof value === "string" && REVIEW_ID.test(value) ? (value as ReviewId) : undefined;
}

/** Returns the 26 characters that name a payment or a refund to gateways. They fit any order-id field. */
export function merchantReferenceOf(id: PaymentId | RefundId): string {
  return id.slice(PREFIX_LENGTH);
}

/** Returns the payment id that a merchant reference stands for, or `undefined` if the text is not a merchant reference. */
export function parsePaymentMerchantReference(reference: string): PaymentId | undefined {
  return parsePaymentId(`pay_${reference}`);
}

/** Returns the refund id that a merchant reference stands for, or `undefined` if the text is not a merchant reference. */
export function parseRefundMerchantReference(reference: string): RefundId | undefined {
  return REFERENCE.test(reference) ? (`rfd_${reference}` as RefundId) : undefined;
}

/**
 * The only place that turns a gateway's id into the provider reference of a payment. Returns `undefined` for an empty or too long text,
 * for control characters and U+FFFD, which stands for unreadable bytes, and for a number that is no exact integer. The gateway's name for
 * a refund is not a key of the store; it only passes `storable`.
 *
 * @param id a text, or an integer, which some gateways send in JSON
 */
export function parseProviderReference(id: string | number): ProviderReference | undefined {
  const text = typeof id === "string" || Number.isSafeInteger(id) ? String(id) : "";
  return PROVIDER_REFERENCE.test(text) && text.isWellFormed() ? (text as ProviderReference) : undefined;
}

/**
 * Returns the boundary between ids made before this moment, which sort below it, and ids made at or after it. Moments that no id can have
 * are allowed.
 *
 * @param at Unix milliseconds
 */
export function firstPaymentIdOf(at: number): PaymentId {
  return `pay_${base32(withTime(new Uint8Array(16), Math.min(Math.max(at, 0), LAST_TIME)))}` as PaymentId;
}

export interface Ids {
  /** @param at when the payment is created, in Unix milliseconds. @default now */
  payment(at?: number): PaymentId;
  event(): EventId;
  review(): ReviewId;
  refund(): RefundId;
}

/** Makes ids from a clock and a source of randomness, both injected so that a seed replays a run. */
export function createIds(now: () => number, random: Random): Ids {
  const make = (prefix: string, at = now()) => `${prefix}_${base32(uuidv7(at, random(10)))}`;
  return {
    payment: (at) => make("pay", at) as PaymentId,
    event: () => make("evt") as EventId,
    review: () => make("rev") as ReviewId,
    refund: () => make("rfd") as RefundId,
  };
}

/** The largest number of milliseconds in 48 bits, in the year 10889. */
export const LAST_TIME: number = 2 ** 48 - 1;
const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * Writes 128 bits as a TypeID does (https://github.com/jetify-com/typeid, version 0.3.0): 26 digits of five bits each, after two zero
 * bits. Own code, since the package for it loads 23 modules.
 */
export function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 2;
  let rest = 0;
  for (const byte of bytes) {
    rest = (rest << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += DIGITS[(rest >> (bits - 5)) & 31];
    rest &= 31;
  }
  return text;
}

/** RFC 9562, section 5.7: 48 bits of Unix milliseconds, version, variant, 74 random bits. */
function uuidv7(at: number, random: Uint8Array): Uint8Array {
  const bytes = withTime(new Uint8Array(16), at);
  bytes.set(random, 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return bytes;
}

function withTime(bytes: Uint8Array, at: number): Uint8Array {
  new DataView(bytes.buffer).setBigUint64(0, BigInt(at) << 16n);
  return bytes;
}
