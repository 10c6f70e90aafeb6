import type { CallbackRequest } from "@pay/core/adapter";
import { callbackRequest } from "@pay/core/testing";

/** A notification of Sellly, which carries everything in its query. */
export function callback(query: string): CallbackRequest {
  return callbackRequest({ query });
}

export const NOTIFICATION = {
  secret_key: "s3cret-key",
  id: "SELLLY-1",
  operator: "cashbill",
  operator_id: "CB-9",
  payment_channel: "blik",
  email: "test@test.pl",
  status: "OK",
};

/** The documented query with some of it changed, or left out where `undefined`. */
export function query(change: Partial<Record<keyof typeof NOTIFICATION, string | undefined>> = {}): string {
  const fields = Object.entries({ ...NOTIFICATION, ...change }).filter(
    (field): field is [string, string] => !!field[1],
  );
  return new URLSearchParams(fields).toString();
}
