import { html } from "hono/html";
import { layout, type Markup, to } from "../layout.ts";
import type { SimulatedPayment } from "../ledger.ts";
import { type Language, TEXTS } from "../texts.ts";
import { brandOf, means } from "./means.ts";

/** The hosted page of an open payment: one form, buttons named `action`, on Sellly's also the channel. */
export function openPage(payment: SimulatedPayment, language: Language): Markup {
  const t = TEXTS[language];
  const content = html`
      <div class="checkout ${brandOf(payment)}">
        ${summary(payment, language)}
        <form method="post" action="?lang=${language}">
          ${means(payment, language)}
          <div class="buttons">
            <button name="action" value="pay">${t.pay}</button>
            <button name="action" value="decline">${t.decline}</button>
            <button name="action" value="leave">${t.leave}</button>
            <button name="action" value="vanish" aria-describedby="vanish">${t.vanish}</button>
            <p id="vanish">${t.vanishHint}</p>
          </div>
        </form>
        ${inspectLink(payment, language)}
      </div>`;
  return layout({ look: payment.gateway, language, title: t.payment }, content);
}

/** After GOSetti.pl's first callback told no way back: the buyer waits for a later one. */
export function waitPage(payment: SimulatedPayment, language: Language): Markup {
  const t = TEXTS[language];
  const content = html`
      <p role="status">${t.waitWhy}</p>
      <p><a href="?lang=${language}">${t.again}</a></p>
      ${summary(payment, language)}`;
  return layout({ look: payment.gateway, language, title: t.wait }, content);
}

/** Where Sellly's buyer ends when no return address was set up. */
export function endPage(payment: SimulatedPayment, language: Language): Markup {
  const t = TEXTS[language];
  const content = html`<p>${t.close}</p>${summary(payment, language)}`;
  return layout({ look: payment.gateway, language, title: t[payment.state] }, content);
}

export function leftPage(payment: SimulatedPayment, language: Language): Markup {
  const t = TEXTS[language];
  const content = html`<p>${t.leftWhy}</p><p><a href="?lang=${language}">${t.back}</a></p>`;
  return layout({ look: payment.gateway, language, title: t.left }, content);
}

/** After `vanish`: what the tester sees of a buyer who is not there any more. */
export function gonePage(payment: SimulatedPayment, language: Language): Markup {
  const t = TEXTS[language];
  const content = html`<p role="status">${t.goneWhy}</p>${inspectLink(payment, language)}`;
  return layout({ look: payment.gateway, language, title: t.gone }, content);
}

function inspectLink({ id }: SimulatedPayment, language: Language): Markup {
  return html`<p><a href="${to(`/payments/${id}`, language)}">${TEXTS[language].inspect}</a></p>`;
}

export function problemPage(language: Language, title: string, why: string): Markup {
  return layout({ look: "home", language, title }, html`<p>${why}</p>`);
}

function summary(payment: SimulatedPayment, language: Language): Markup {
  const { amount, currency, details, id } = payment;
  const t = TEXTS[language];
  const rows: [string, string][] = [
    [t.amount, `${amount} ${currency}`],
    [t.id, id],
  ];
  if (details.kind === "gosetti") {
    rows.push([t.shop, String(details.userId)], [t.ip, details.clientIp]);
  } else {
    rows.push([t.shop, details.shopId], [t.email, details.email], [t.operator, details.operator]);
    if (details.converter !== null) rows.push([t.converted, details.converter]);
  }
  return html`<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}
