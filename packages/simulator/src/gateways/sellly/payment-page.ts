import type { Language } from "@pay/i18n";
import { html } from "hono/html";
import { failure } from "../../engine/failure.ts";
import type { SimulatedPayment } from "../../engine/model.ts";
import type { Markup } from "../../pages/markup.ts";
import { type PaymentPage, textsIn } from "../gateway.ts";
import type { SelllyTypes } from "./model.ts";
import { TEXTS } from "./texts.ts";

/** Sellly sends its buyers to the operator, so the page looks like the operator's. */
export const PAGE: PaymentPage<SelllyTypes> = {
  look: ({ details }) => details.operator,
  // `language_code` of the create request.
  language: ({ details }) => details.language,
  summary({ details }, language) {
    const t = textsIn(TEXTS, language);
    return [
      [t.shop, details.shopId],
      [t.email, details.email],
      [t.operator, details.operator],
      ...(details.converter === null ? [] : [[t.converted, details.converter] as const]),
    ];
  },
  means(payment, language) {
    const choice = channelChoice(payment, language);
    return payment.details.operator === "stripe" ? html`${choice}${card(language)}` : choice;
  },
  readForm(payment, form) {
    const offered = channelsOf(payment);
    const channel = form.get("payment_channel") ?? offered[0]!;
    if (!offered.includes(channel)) throw failure("bad_request", `The page does not offer the channel ${channel}`);
    return { ...payment.details, paymentChannel: channel };
  },
};

/**
 * The channels that a buyer can choose: the one that the shop requested, otherwise those that the Sellly API document names
 * for the operator (its row `payment_method`; `mtransfer` from the notification's example).
 */
function channelsOf({ currency, details }: SimulatedPayment<SelllyTypes>): readonly string[] {
  const { operator, paymentMethod } = details;
  if (paymentMethod !== null) return [paymentMethod];
  if (operator === "cashbill") return ["blik", "mtransfer", "paysafecard", "paypal"];
  return currency === "EUR" ? ["card", "ideal", "giropay", "eps", "bancontact"] : ["card"];
}

function channelChoice(payment: SimulatedPayment<SelllyTypes>, language: Language): Markup {
  const choices = channelsOf(payment).map((channel, index) => {
    const checked = index === 0 ? "checked" : "";
    return html`<label><input type="radio" name="payment_channel" value="${channel}" ${checked}> ${channel}</label>`;
  });
  return html`<fieldset><legend>${textsIn(TEXTS, language).channel}</legend>${choices}</fieldset>`;
}

/** The fields have no names, so that the browser sends nothing typed into them. */
function card(language: Language): Markup {
  const t = textsIn(TEXTS, language);
  const fields = [t.cardNumber, t.cardExpiry, t.cardCode].map(
    (label) => html`<label>${label} <input inputmode="numeric" maxlength="23" autocomplete="off"></label>`,
  );
  return html`<fieldset class="card" aria-describedby="card-hint"><legend>${t.card}</legend>${fields}</fieldset>
        <p id="card-hint">${t.cardHint}</p>`;
}
