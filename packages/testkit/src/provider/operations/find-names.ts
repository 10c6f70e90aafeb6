import assert from "node:assert/strict";
import type { WireRequest } from "../fixtures/wire.ts";
import { CALLBACK_TOKEN, PAYMENT_ID, REFUND_ID } from "../subject.ts";
import { type Leaf, leavesOf, tells } from "../texts/request-fields.ts";
import { said } from "../texts/request-texts.ts";

/** Ids that only Pay knows. Each ends in the reference that the gateway gets. */
const IDS: readonly string[] = [PAYMENT_ID, REFUND_ID];

/** True if a request contains one of these names of a payment or a refund. An id that ends in the name does not count. */
export function saysName(request: WireRequest, ...names: readonly (string | undefined)[]): boolean {
  const text = IDS.reduce((rest, id) => rest.replaceAll(id, ""), said(request));
  return names.some((name) => name !== undefined && text.includes(name));
}

/** Fails if a request names something by an id that only Pay knows: a callback with that name would find nothing. */
export function assertSaysNoId(request: WireRequest): void {
  for (const { name, text } of leavesOf(request)) {
    // A payment's own callback address has its id in it.
    if (tells(text, CALLBACK_TOKEN)) continue;
    for (const id of IDS) assert.ok(!tells(text, id), `${name} says the reference, not the id ${id.slice(0, 4)}…`);
  }
}

/**
 * Finds `undefined`, `null` and `NaN`, which a request says by mistake if a value is missing. A `null` may be intended: compare with the
 * same request when no value is missing.
 */
export function nothingsIn(request: WireRequest): readonly Leaf[] {
  return leavesOf(request).filter(({ text }) => /(?<![\w-])(?:undefined|null|NaN)(?![\w-])/.test(text));
}
