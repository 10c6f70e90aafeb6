import assert from "node:assert/strict";
import type { ParsedCallback } from "@pay/core/adapter";
import { deliver } from "./delivering.ts";
import type { SharedSecret, Signature, Told, Unbranded } from "./fixtures.ts";
import { type Callback, literal, type Place, read, whole, write } from "./places.ts";
import type { Subject } from "./subject.ts";

/** A recorded callback with all its parts, and what it means. */
interface Recorded {
  readonly callback: Callback;
  readonly gives: Unbranded<Told>;
}

export function recordedOf({ fixtures }: Subject): readonly Recorded[] {
  return fixtures.callbacks.recorded.map(({ callback, gives }) => ({ callback: whole(callback), gives }));
}

/**
 * The callback with another text at a place, proved anew as the gateway would; `undefined` where that cannot be proved.
 * Without a proof of its own it is as authentic as before.
 */
export function authentic(
  subject: Subject,
  callback: Callback,
  place: Place,
  text: string | undefined,
): Callback | undefined {
  return proved(subject, write(callback, place, text));
}

export function proved(
  { fixtures }: Pick<Subject, "fixtures">,
  callback: Callback,
  key: string | undefined = fixtures.callbacks.proof?.keys.accepted[0],
): Callback | undefined {
  const { proof } = fixtures.callbacks;
  return proof === undefined || key === undefined ? callback : proveWith(proof, callback, key);
}

/** Puts the proof that this key makes; `undefined` where `sign` cannot sign such a callback. */
export function proveWith(proof: SharedSecret | Signature, callback: Callback, key: string): Callback | undefined {
  try {
    return sealWith(proof, callback, key);
  } catch {
    return undefined;
  }
}

/** The same, for what can be signed: a throw of `sign` is a mistake in the fixtures, and its author sees it. */
export function sealWith(proof: SharedSecret | Signature, callback: Callback, key: string): Callback {
  const text = proof.kind === "shared-secret" ? key : proof.sign(callback, key);
  return write(callback, proof.at, literal(proof.at, text));
}

/** Recorded callbacks that have something at the place. */
export function withPlace(
  subject: Subject,
  place: Place | undefined,
): readonly (Recorded & { readonly text: string })[] {
  if (place === undefined) return [];
  return recordedOf(subject).flatMap((one) => {
    const text = read(one.callback, place);
    return text === undefined ? [] : [{ ...one, text }];
  });
}

/** What a reception claims of a payment, if it claims anything. */
export function claimOf(parsed: ParsedCallback | Unbranded<Told>): string | undefined {
  if (parsed.kind === "notification") return parsed.reported.status;
  return parsed.kind === "refund" ? parsed.refund.status : undefined;
}

/** Delivers the callback with another text at a place, proved anew. */
export async function deliverWith(
  subject: Subject,
  callback: Callback,
  place: Place,
  text: string,
): Promise<ParsedCallback> {
  const changed = authentic(subject, callback, place, literal(place, text));
  assert.ok(changed, "the fixture can prove it");
  return deliver(subject.provider, changed);
}
