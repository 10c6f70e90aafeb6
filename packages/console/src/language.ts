export type Language = "pl" | "en";

/** `?lang=` wins, then the browser's Accept-Language, then English. */
export function chooseLanguage(asked: string | undefined, accepted: string | undefined): Language {
  if (asked === "pl" || asked === "en") return asked;
  const ranked = (accepted ?? "")
    .split(",")
    .map((part) => ({
      tag: part.trim().slice(0, 2).toLowerCase(),
      weight: Number(/;\s*q=([\d.]+)/.exec(part)?.[1] ?? 1),
    }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
  return ranked.find((tag) => tag === "pl" || tag === "en") ?? "en";
}
