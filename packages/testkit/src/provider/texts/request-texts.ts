import type { FormAction } from "@pay/core/adapter";
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
