import { html } from "hono/html";
import { type PaymentPage, textsIn } from "../gateway.ts";
import type { GosettiTypes } from "./model.ts";
import { TEXTS } from "./texts.ts";

export const PAGE: PaymentPage<GosettiTypes> = {
  look: () => "paysafecard",
  // The create request names no language.
  language: () => null,
  summary({ details }, language) {
    const t = textsIn(TEXTS, language);
    return [
      [t.shop, String(details.userId)],
      [t.ip, details.clientIp],
    ];
  },
  /** The field has no name, so that the browser does not send the PIN. */
  means(_payment, language) {
    const t = textsIn(TEXTS, language);
    return html`<p class="pin">
          <label for="pin">${t.pin}</label>
          <input id="pin" inputmode="numeric" maxlength="19" autocomplete="off" aria-describedby="pin-hint">
          <span id="pin-hint">${t.pinHint}</span>
        </p>`;
  },
  readForm: ({ details }) => details,
};
