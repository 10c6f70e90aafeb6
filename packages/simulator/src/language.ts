/** The languages of the pages. Each has one file in `texts/` and one entry in the texts of each gateway. */
export const LANGUAGES = ["en", "pl"] as const;

export type Language = (typeof LANGUAGES)[number];

const DEFAULT: Language = "pl";

/** `?lang=` wins, then `preset` (the language that the shop requested), then Accept-Language, then Polish. */
export function chooseLanguage(
  requested: string | undefined,
  preset: Language | null,
  accepted: string | undefined,
): Language {
  return languageOf(requested ?? "") ?? preset ?? preferred(accepted ?? "") ?? DEFAULT;
}

function languageOf(tag: string): Language | null {
  return LANGUAGES.find((language) => language === tag) ?? null;
}

function preferred(header: string): Language | null {
  const ranked = header
    .split(",")
    .map((part) => ({
      tag: part.trim().slice(0, 2).toLowerCase(),
      weight: Number(/;\s*q=([\d.]+)/.exec(part)?.[1] ?? 1),
    }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  return ranked.map(({ tag }) => languageOf(tag)).find((language) => language !== null) ?? null;
}

/** An amount as the gateway writes it, with its currency. */
export function formatMoney(amount: string, currency: string): string {
  return `${amount} ${currency}`;
}

/** Date and time to the second, in UTC. */
export function formatDateTime(iso: string): string {
  return `${iso.slice(0, 10)} ${formatTime(iso)}`;
}

/** Time of day to the second, in UTC. */
export function formatTime(iso: string): string {
  return iso.slice(11, 19);
}
