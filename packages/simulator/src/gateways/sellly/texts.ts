import type { GatewayTexts, TextsByLanguage } from "../gateway.ts";

interface SelllyTexts extends GatewayTexts {
  readonly shop: string;
  readonly email: string;
  readonly operator: string;
  readonly converted: string;
  readonly channel: string;
  readonly card: string;
  readonly cardHint: string;
  readonly cardNumber: string;
  readonly cardExpiry: string;
  readonly cardCode: string;
}

export const TEXTS: TextsByLanguage<SelllyTexts> = {
  en: {
    label: "Sellly",
    title: "Sellly",
    chaos: { wrong_secret: "wrong secret_key", foreign_token: "another shop's secret_key" },
    shop: "Shop",
    email: "Buyer's e-mail",
    operator: "Operator",
    converted: "Converted to",
    channel: "Payment channel",
    card: "Card details",
    cardHint: "You can leave these fields empty in the simulator. Nothing typed here is sent.",
    cardNumber: "Card number",
    cardExpiry: "Valid until",
    cardCode: "CVC code",
  },
  pl: {
    label: "Sellly",
    title: "Sellly",
    chaos: { wrong_secret: "nieprawidłowy secret_key", foreign_token: "secret_key innego sklepu" },
    shop: "Sklep",
    email: "E-mail kupującego",
    operator: "Operator",
    converted: "Przeliczana na",
    channel: "Kanał płatności",
    card: "Dane karty",
    cardHint: "W symulatorze te pola mogą pozostać puste. Wpisane dane nie są nigdzie wysyłane.",
    cardNumber: "Numer karty",
    cardExpiry: "Ważna do",
    cardCode: "Kod CVC",
  },
};
