import type { Buyer } from "../contract/provider.ts";
import { PayError } from "../model/errors.ts";
import type { PaymentRecord } from "../model/payment.ts";
import { type Key, type Keyring, keyedDigest } from "../security/keyring.ts";
import type { CheckedRequest } from "./request.ts";

/** Where the buyer is, and not what the buyer wants: a phone may change its network between two presses of the button. */
const PLACE: readonly string[] = ["ip", "language"] satisfies (keyof Buyer)[];

/**
 * Keyed digests by path of all fields that say what the buyer wants; a new field of a request takes part by itself. They show later which
 * fields differ, without keeping the values.
 */
export function requestDigests(
  key: Key,
  { buyer, chosen, idempotencyKey: _, ...fields }: CheckedRequest,
): Readonly<Record<string, string>> {
  const digests: Record<string, string> = { key: key.id };
  const add = (field: string, value: unknown) => {
    digests[field] = keyedDigest(key, `checkout.${field}`, JSON.stringify(value, sorted));
  };
  for (const [name, value] of Object.entries(fields)) add(name, value);
  add(
    "providerName",
    chosen.map(({ providerName }) => providerName),
  );
  for (const [name, value] of Object.entries(buyer)) if (!PLACE.includes(name)) add(`buyer.${name}`, value);
  return digests;
}

/** @throws PayError `IDEMPOTENCY_CONFLICT` if the key of this payment was used with another request, or if Pay cannot compare the two */
export function refuseOtherRequest(keyring: Keyring, record: PaymentRecord, request: CheckedRequest): void {
  const paymentId = record.payment.id;
  const known = record.checkout?.digests ?? {};
  const key = keyring.find(known.key ?? "");
  if (key === undefined) {
    const message =
      "The requests cannot be compared, because the secret of this payment is not configured any more. Add it after the new one in the list `secret`, or use a new idempotency key.";
    throw new PayError("IDEMPOTENCY_CONFLICT", message, { field: "secret", paymentId });
  }
  const fields = differingFields(known, requestDigests(key, request));
  if (fields.length === 0) return;
  const message = `The idempotency key was used for another request; these fields differ: ${fields.join(", ")}. Use a new key.`;
  throw new PayError("IDEMPOTENCY_CONFLICT", message, { fields, paymentId });
}

/** Paths whose digests differ. A field may be absent on either side. */
function differingFields(
  known: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.keys({ ...known, ...given }).filter((field) => known[field] !== given[field]);
}

/** Replaces an object by its fields in the order of their names, after JSON has made its own form of it, e.g. of a date. */
function sorted(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
