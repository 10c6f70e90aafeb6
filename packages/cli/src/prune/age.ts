const DAY = 24 * 60 * 60 * 1000;
const DAYS = /^([1-9]\d{0,4})d$/;
/** Days; the limit of `prunePayments`. */
const LEAST = 30;

/**
 * Milliseconds of an age such as `365d`.
 *
 * @throws Error for anything else, and for less than 30 days
 */
export function ageOf(text: string): number {
  const days = Number(DAYS.exec(text)?.[1]);
  if (Number.isNaN(days)) throw new Error("--older-than must be a number of days, e.g. 365d.");
  if (days < LEAST)
    throw new Error(
      `--older-than must be ${LEAST}d or more, because gateways may repeat callbacks for younger payments.`,
    );
  return days * DAY;
}
