export type Language = "pl" | "en";

const pl = {
  simulated: "Symulator na tym komputerze: żadne pieniądze nie zostaną pobrane.",
  payment: "Płatność",
  amount: "Kwota",
  id: "Numer transakcji",
  shop: "Sklep",
  email: "E-mail kupującego",
  ip: "Adres IP kupującego",
  operator: "Operator",
  converted: "Przeliczana na",
  channel: "Kanał płatności",
  pay: "Zapłać",
  decline: "Odrzuć płatność",
  leave: "Opuść stronę bez płacenia",
  vanish: "Zapłać i zamknij przeglądarkę",
  vanishHint: "Sklep dostanie wywołanie zwrotne, ale kupujący do niego nie wróci.",
  other: "English",
  wait: "Proszę czekać",
  waitWhy: "Sklep nie podał jeszcze adresu powrotu. Strona sama sprawdza, czy już go podał.",
  again: "Sprawdź teraz",
  paid: "Płatność przyjęta",
  declined: "Płatność odrzucona",
  close: "Tę stronę można zamknąć.",
  left: "Strona płatności opuszczona",
  leftWhy: "Nic nie wysłano do sklepu. Płatność pozostaje otwarta.",
  back: "Wróć do płatności",
  gone: "Kupujący zamknął przeglądarkę",
  goneWhy: "Płatność przyjęto, wywołanie zwrotne jest w drodze, a do sklepu nikt nie wraca.",
  inspect: "Przebieg, wywołania i chaos tej płatności",
  pin: "16-cyfrowy PIN karty",
  pinHint: "W symulatorze pole może zostać puste; wpisany PIN nie jest nigdzie wysyłany.",
  card: "Dane karty",
  cardHint: "W symulatorze pola mogą zostać puste; niczego stąd się nie wysyła.",
  cardNumber: "Numer karty",
  cardExpiry: "Ważna do",
  cardCode: "Kod CVC",
  navigation: "Strony symulatora",
  overview: "Przegląd",
  exchanges: "Dziennik wymiany",
  chaos: "Chaos",
  unknown: "Nie ma takiej płatności",
  problem: "Nie można wykonać tej czynności",
  home: "Symulator bramek płatności",
  open: "otwarta",
  expired: "Płatność wygasła",
  addresses: "Adresy",
  payments: "Płatności",
  none: "Jeszcze nic.",
  gateway: "Bramka",
  state: "Stan",
  verdict: "Ocena odpowiedzi",
};

const en: Record<keyof typeof pl, string> = {
  simulated: "A simulator on this computer: no money is taken.",
  payment: "Payment",
  amount: "Amount",
  id: "Transaction number",
  shop: "Shop",
  email: "Buyer's e-mail",
  ip: "Buyer's IP address",
  operator: "Operator",
  converted: "Converted to",
  channel: "Payment channel",
  pay: "Pay",
  decline: "Decline the payment",
  leave: "Leave the page without paying",
  vanish: "Pay and close the browser",
  vanishHint: "The shop gets its callback, but the buyer never comes back to it.",
  other: "Polski",
  wait: "Please wait",
  waitWhy: "The shop has not said yet where to go back to. This page keeps checking by itself.",
  again: "Check now",
  paid: "Payment accepted",
  declined: "Payment declined",
  close: "You can close this page.",
  left: "You left the payment page",
  leftWhy: "Nothing was sent to the shop. The payment stays open.",
  back: "Back to the payment",
  gone: "The buyer closed the browser",
  goneWhy: "The payment was accepted, the callback is on its way, and nobody goes back to the shop.",
  inspect: "Story, callbacks and chaos of this payment",
  pin: "16-digit PIN of the card",
  pinHint: "In the simulator this may stay empty; a PIN typed here is sent nowhere.",
  card: "Card details",
  cardHint: "In the simulator these may stay empty; nothing typed here is sent.",
  cardNumber: "Card number",
  cardExpiry: "Valid until",
  cardCode: "CVC code",
  navigation: "Pages of the simulator",
  overview: "Overview",
  exchanges: "Exchange log",
  chaos: "Chaos",
  unknown: "There is no such payment",
  problem: "This cannot be done",
  home: "Payment gateway simulator",
  open: "open",
  expired: "Payment expired",
  addresses: "Addresses",
  payments: "Payments",
  none: "Nothing yet.",
  gateway: "Gateway",
  state: "State",
  verdict: "Verdict",
};

/** Everything the pages say. */
export const TEXTS: Readonly<Record<Language, Readonly<Record<keyof typeof pl, string>>>> = { pl, en };

/** `?lang=` wins, then `preset` (the language a shop asked for), then the browser's Accept-Language, then Polish. */
export function chooseLanguage(
  asked: string | undefined,
  preset: Language | null,
  accepted: string | undefined,
): Language {
  if (asked === "pl" || asked === "en") return asked;
  return preset ?? preferred(accepted ?? "") ?? "pl";
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
  return ranked.map(({ tag }) => tag).find((tag) => tag === "pl" || tag === "en") ?? null;
}
