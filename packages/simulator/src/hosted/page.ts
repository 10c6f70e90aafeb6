import { type Language, showMoney } from "@pay/i18n";
import { html } from "hono/html";
import type { StartedGateway } from "../engine/gateway-set.ts";
import type { SimulatedPayment } from "../engine/model.ts";
import { textsIn } from "../gateways/gateway.ts";
import { type Frame, layout, to } from "../pages/layout.ts";
import type { Markup } from "../pages/markup.ts";
import { TEXTS } from "../texts/index.ts";

/** The payment pages of one gateway in one language. */
export interface HostedPages {
  /** The page of an open payment: one form whose buttons are named `action`. */
  open(payment: SimulatedPayment): Markup;
  /** The buyer waits until the gateway knows the way back. */
  wait(payment: SimulatedPayment): Markup;
  /** The final page of a buyer without a way back. */
  end(payment: SimulatedPayment): Markup;
  left(payment: SimulatedPayment): Markup;
  /** What the tester sees after `vanish`, when the buyer is no longer there. */
  gone(payment: SimulatedPayment): Markup;
}

export function hostedPages(gateway: StartedGateway, language: Language): HostedPages {
  const { common, hosted: t, states } = TEXTS[language];
  const frame = (title: string): Frame => ({
    brand: { look: gateway.name, title: textsIn(gateway.texts, language).title },
    language,
    title,
  });

  function summary(payment: SimulatedPayment): Markup {
    const { amount, currency, id } = payment;
    const rows = [
      [common.amount, showMoney({ decimal: amount, currency }, language)],
      [common.id, id],
      ...gateway.page.summary(payment, language),
    ] as const;
    return html`<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
  }

  function inspectLink({ id }: SimulatedPayment): Markup {
    return html`<p><a href="${to(`/payments/${id}`, language)}">${t.inspect}</a></p>`;
  }

  return {
    open(payment) {
      const content = html`
      <div class="checkout ${gateway.page.look(payment)}">
        ${summary(payment)}
        <form method="post" action="?lang=${language}">
          ${gateway.page.means(payment, language)}
          <div class="buttons">
            <button name="action" value="pay">${t.pay}</button>
            <button name="action" value="decline">${t.decline}</button>
            <button name="action" value="leave">${t.leave}</button>
            <button name="action" value="vanish" aria-describedby="vanish">${t.vanish}</button>
            <p id="vanish">${t.vanishHint}</p>
          </div>
        </form>
        ${inspectLink(payment)}
      </div>`;
      return layout(frame(common.payment), content);
    },
    wait(payment) {
      const content = html`
      <p role="status">${t.waitWhy}</p>
      <p><a href="?lang=${language}">${t.again}</a></p>
      ${summary(payment)}`;
      return layout(frame(t.wait), content);
    },
    end(payment) {
      return layout(frame(states[payment.state]), html`<p>${t.close}</p>${summary(payment)}`);
    },
    left() {
      return layout(frame(t.left), html`<p>${t.leftWhy}</p><p><a href="?lang=${language}">${t.back}</a></p>`);
    },
    gone(payment) {
      return layout(frame(t.gone), html`<p role="status">${t.goneWhy}</p>${inspectLink(payment)}`);
    },
  };
}
