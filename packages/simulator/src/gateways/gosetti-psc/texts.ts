import type { GatewayTexts, TextsByLanguage } from "../gateway.ts";

interface GosettiTexts extends GatewayTexts {
  readonly shop: string;
  readonly ip: string;
  readonly pin: string;
  readonly pinHint: string;
  readonly withRedirectUrl: string;
}

export const TEXTS: TextsByLanguage<GosettiTexts> = {
  en: {
    label: "GOSetti.pl",
    title: "GOSetti.pl · PaySafeCard",
    chaos: { wrong_secret: "wrong token in the callback address", foreign_token: "another payment's callback address" },
    shop: "Shop",
    ip: "Buyer's IP address",
    pin: "16-digit PIN of the card",
    pinHint: "You can leave this field empty in the simulator. A PIN typed here is not sent.",
    withRedirectUrl: "with a RedirectUrl",
  },
  pl: {
    label: "GOSetti.pl",
    title: "GOSetti.pl · PaySafeCard",
    chaos: {
      wrong_secret: "nieprawidłowy token w adresie wywołania",
      foreign_token: "adres wywołania innej płatności",
    },
    shop: "Sklep",
    ip: "Adres IP kupującego",
    pin: "16-cyfrowy PIN karty",
    pinHint: "W symulatorze to pole może pozostać puste. Wpisany PIN nie jest nigdzie wysyłany.",
    withRedirectUrl: "z RedirectUrl",
  },
};
