import assert from "node:assert/strict";
import type { FormAction } from "@pay/core/adapter";
import type { AmountText } from "../fixtures/provider-fixtures.ts";
import type { WireRequest } from "../fixtures/wire.ts";

/** A form as the buyer's browser would send it. */
export function postedForm({ url, fields }: FormAction): WireRequest {
  return {
    method: "POST",
    target: url,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields).toString(),
  };
}

/** All texts in a request, as sent and decoded from percent-encoding, forms and JSON. */
export function said({ target, headers, body }: WireRequest): string {
  const texts = [target, body, ...Object.values(headers)];
  return [...texts, ...texts.map(decoded), ...jsonTexts(body)].join("\n");
}

/** True if a request contains this text, as it is or encoded. */
export function says(request: WireRequest, text: string): boolean {
  return said(request).includes(text);
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

function jsonTexts(body: string): readonly string[] {
  const found: string[] = [];
  try {
    JSON.parse(body, (_, value) => {
      if (typeof value === "string") found.push(value);
      return value;
    });
  } catch {
    // It is no JSON.
  }
  return found;
}

/** Converts a sent amount back to minor units, digit by digit, without arithmetic on floating point. */
export function minorUnits(text: AmountText, currency: string, decimals: number): bigint {
  if ("minor" in text) {
    assert.match(text.minor, /^\d+$/, "minor units are digits");
    return BigInt(text.minor);
  }
  const [, whole, fraction = ""] = /^(\d+)(?:\.(\d+))?$/.exec(text.decimal) ?? [];
  assert.ok(whole !== undefined, `${text.decimal} is a decimal of ${currency}: digits and at most one dot`);
  assert.match(fraction.slice(decimals), /^0*$/, `${text.decimal} has no more decimals than ${currency}`);
  return BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, "0"));
}
