import { LANGUAGES, type Language } from "./language.ts";

export interface TimeFormat {
  readonly language: Language;
  /** IANA name, e.g. `"Europe/Warsaw"`. */
  readonly timeZone: string;
  /** `time` leaves out the date. @default "date and time" */
  readonly parts?: "date and time" | "time";
  /** Adds three digits of a second. @default false */
  readonly milliseconds?: boolean;
}

const DATE = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
const TIME = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
/** Creating a format takes far longer than using it, and a page shows many times. */
const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * A time in Unix milliseconds as readers of the language write it, to the second: `15.01.2026, 13:00:00`, `15/01/2026, 13:00:00`.
 *
 * @throws RangeError if the time zone does not exist
 */
export function showTime(at: number, format: TimeFormat): string {
  return formatOf(format).format(at);
}

function formatOf({
  language,
  milliseconds = false,
  parts = "date and time",
  timeZone,
}: TimeFormat): Intl.DateTimeFormat {
  const key = `${language} ${timeZone} ${parts} ${milliseconds}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat(LANGUAGES[language].locale, {
    ...(parts === "time" ? {} : DATE),
    ...TIME,
    ...(milliseconds && { fractionalSecondDigits: 3 }),
    timeZone,
  });
  formats.set(key, format);
  return format;
}
