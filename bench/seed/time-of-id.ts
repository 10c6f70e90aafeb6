const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

/** SQL for the first ten characters of an id of this moment, as `createIds` writes 48 bits of milliseconds. */
export function timeOfId(at: string): string {
  const digits = Array.from({ length: 10 }, (_, n) => 5 * (9 - n)).map(
    (bits) => `substr('${DIGITS}', CAST(((${at}) >> ${bits}) & 31 AS integer) + 1, 1)`,
  );
  return digits.join(" || ");
}
