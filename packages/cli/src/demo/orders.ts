import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { type PaymentEvent, sameMoney } from "@pay/core";
import type { Language } from "@pay/i18n";
import type { Item } from "./items.ts";

export interface Order {
  readonly id: string;
  /** The secret in the cookie of the browser that placed it. */
  readonly buyer: string;
  readonly item: Item;
  readonly language: Language;
  /** Address of the payment page of its newest payment. */
  readonly payAt?: string;
  /** Ids of the events on which it was delivered. There should be one. */
  readonly deliveredOn: readonly string[];
}

/** The shop's own records. */
export interface Orders {
  /** The order of a form. Submitting the form again returns the same order. */
  place(form: string, wanted: Pick<Order, "buyer" | "item" | "language">): Order;
  get(id: string): Order | undefined;
  /** Newest first. */
  ofBuyer(buyer: string): readonly Order[];
  /** Records that a payment of the order was opened, with the address of its payment page. */
  opened(id: string, payAt: string): void;
  /** Delivers the order if its price was paid, once per event even if the event arrives several times. */
  deliver(event: PaymentEvent): void;
  /** Records that a payment of the order failed or expired. */
  release(event: PaymentEvent): void;
  /** Resolves when the order changes or the signal aborts. It never rejects. */
  changed(id: string, signal: AbortSignal): Promise<void>;
}

/** Keeps them in memory. */
export function createOrders(): Orders {
  const byId = new Map<string, Order>();
  const byForm = new Map<string, string>();
  const handled = new Set<string>();
  const changes = new EventEmitter().setMaxListeners(0);

  function change(id: string, what: (order: Order) => Partial<Order>): void {
    const order = byId.get(id);
    if (order !== undefined) byId.set(id, { ...order, ...what(order) });
    changes.emit(id);
  }

  return {
    place(form, wanted) {
      const placed = byId.get(byForm.get(form) ?? "");
      if (placed?.item === wanted.item) return placed;
      const order: Order = { id: `demo-${randomUUID()}`, deliveredOn: [], ...wanted };
      byId.set(order.id, order);
      byForm.set(form, order.id);
      return order;
    },
    get: (id) => byId.get(id),
    ofBuyer: (buyer) => [...byId.values()].filter((order) => order.buyer === buyer).reverse(),
    opened: (id, payAt) => change(id, () => ({ payAt })),
    deliver({ id, payment }) {
      const order = byId.get(payment.orderId);
      // A shop may change the price of an order while an earlier payment of it is open. A person looks at the success of such a payment.
      if (order === undefined || !sameMoney(payment.amount, order.item.price) || handled.has(id)) return;
      handled.add(id);
      change(payment.orderId, ({ deliveredOn }) => ({ deliveredOn: [...deliveredOn, id] }));
    },
    release: ({ payment }) => change(payment.orderId, () => ({})),
    async changed(id, signal) {
      await once(changes, id, { signal }).catch(() => undefined);
    },
  };
}
