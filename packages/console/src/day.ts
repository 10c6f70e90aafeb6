const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/** The start in the time zone of the day that is `days` after this one, in Unix milliseconds. Undefined if the text is not a date. */
export function startOfDay(text: string, timeZone: string, days = 0): number | undefined {
  const [, year, month, day] = (DAY.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const named = new Date(Date.UTC(year, month - 1, day));
  if (Number.isNaN(named.getTime()) || named.toISOString().slice(0, 10) !== text) return undefined;
  const midnight = Date.UTC(year, month - 1, day + days);
  // The offset at midnight UTC gives a first estimate. Clocks may change in between, so the offset is looked up again there.
  const near = midnight - offsetAt(midnight, timeZone);
  return midnight - offsetAt(near, timeZone);
}

/** The zone's offset from UTC at this moment, in milliseconds. */
function offsetAt(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en", {
    ...({ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const),
    ...({ second: "numeric", hourCycle: "h23", timeZone } as const),
  }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return (
    Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) -
    Math.floor(at / 1000) * 1000
  );
}
