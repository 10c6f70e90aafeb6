export type Language = "pl" | "en";

type Text =
  | "item"
  | "email"
  | "psc"
  | "cards"
  | "paid"
  | "waiting"
  | "failed"
  | "thanks"
  | "refused"
  | "unknown"
  | "back";

export const TEXTS: Readonly<Record<Language, Readonly<Record<Text, string>>>> = {
  pl: {
    item: "VIP na 30 dni",
    email: "Adres e-mail",
    psc: "Zapłać PaySafeCard",
    cards: "Zapłać BLIKIEM, przelewem lub kartą",
    paid: "Zapłacono, dziękujemy",
    waiting: "Czekamy na potwierdzenie płatności",
    failed: "Nie zapłacono",
    thanks: "Dziękujemy. Zamówienie zrealizujemy po potwierdzeniu płatności.",
    refused: "Nie można rozpocząć płatności",
    unknown: "Nie znamy takiej płatności",
    back: "Wróć do sklepu",
  },
  en: {
    item: "VIP for 30 days",
    email: "E-mail address",
    psc: "Pay with PaySafeCard",
    cards: "Pay with BLIK, transfer or card",
    paid: "Paid, thank you",
    waiting: "Waiting for the payment to be confirmed",
    failed: "Not paid",
    thanks: "Thank you. Your order follows once the payment is confirmed.",
    refused: "The payment cannot be started",
    unknown: "There is no such payment",
    back: "Back to the shop",
  },
};

/** A language asked for by the page's switch, else the first of Accept-Language that there is, else English. */
export function languageOf(asked: string | undefined, accepted: string | undefined): Language {
  const wanted = [asked ?? "", ...(accepted ?? "").split(",")].map((tag) => tag.trim().slice(0, 2).toLowerCase());
  return wanted.find((tag): tag is Language => tag === "pl" || tag === "en") ?? "en";
}
