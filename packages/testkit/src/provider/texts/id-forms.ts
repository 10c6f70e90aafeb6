import { parseProviderReference } from "@pay/core/adapter";

/** Ids in forms that gateways have, and change to: digits, zeros in front, a UUID, Base64, capitals and signs, a long one. */
const TEXTS: readonly string[] = [
  "7",
  "0070",
  "3f2b1c5e-8d4a-4f6b-9c1d-2e3f4a5b6c7d",
  "aGk/Zm9v+w==",
  "ORD:1.2_Z~3",
  `${"7f3a".repeat(32)}-2`,
];
/** The same where JSON has a number. */
const NUMBERS: readonly number[] = [7, 900_719_925_474_099];

/** Other ids for the place of this one, which is the value of a text or of JSON. */
export function otherIds(value: unknown): readonly (string | number)[] {
  return typeof value === "number" ? NUMBERS : TEXTS;
}

/** True if a value is written as this id. */
export function isId(value: unknown, id: string | undefined): boolean {
  return (
    id !== undefined && (typeof value === "string" || typeof value === "number") && parseProviderReference(value) === id
  );
}
