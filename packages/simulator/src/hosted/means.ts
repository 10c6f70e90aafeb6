import { html } from "hono/html";
import type { Markup } from "../layout.ts";
import type { SimulatedPayment } from "../ledger.ts";
import { type Language, TEXTS } from "../texts.ts";
import { channelsOf } from "./channels.ts";

/** Whose page it is in spirit: Sellly sends its buyers on to the operator. Also the class of the form. */
export function brandOf({ details }: SimulatedPayment): "paysafecard" | "cashbill" | "stripe" {
  return details.kind === "gosetti" ? "paysafecard" : details.operator;
}

/** What the buyer fills in: a PIN, a channel, or a card. Only the channel is sent, the other fields have no names. */
export function means(payment: SimulatedPayment, language: Language): Markup {
  const brand = brandOf(payment);
  switch (brand) {
    case "paysafecard":
      return pin(language);
    case "cashbill":
      return channelChoice(payment, language);
    case "stripe":
      return html`${channelChoice(payment, language)}${card(language)}`;
    default:
      return brand satisfies never;
  }
}

function pin(language: Language): Markup {
  const t = TEXTS[language];
  return html`<p class="pin">
          <label for="pin">${t.pin}</label>
          <input id="pin" inputmode="numeric" maxlength="19" autocomplete="off" aria-describedby="pin-hint">
          <span id="pin-hint">${t.pinHint}</span>
        </p>`;
}

function card(language: Language): Markup {
  const t = TEXTS[language];
  const fields = [t.cardNumber, t.cardExpiry, t.cardCode].map(
    (label) => html`<label>${label} <input inputmode="numeric" maxlength="23" autocomplete="off"></label>`,
  );
  return html`<fieldset class="card" aria-describedby="card-hint"><legend>${t.card}</legend>${fields}</fieldset>
        <p id="card-hint">${t.cardHint}</p>`;
}

function channelChoice(payment: SimulatedPayment, language: Language): Markup {
  const choices = channelsOf(payment).map((channel, index) => {
    const checked = index === 0 ? "checked" : "";
    return html`<label><input type="radio" name="payment_channel" value="${channel}" ${checked}> ${channel}</label>`;
  });
  return html`<fieldset><legend>${TEXTS[language].channel}</legend>${choices}</fieldset>`;
}
