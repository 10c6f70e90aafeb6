import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import type { PaymentEvent } from "@pay/core";
import type { Item } from "./items.ts";
import type { Language } from "./texts.ts";

export interface Order {
  readonly id: string;
  /** The secret in the cookie of the browser that placed it. */
  readonly buyer: string;
  readonly item: Item;
  readonly language: Language;
  /** Where its newest payment is paid. */
  readonly payAt?: string;
  /** Events on which it was delivered: one of them, if all is well. */
  readonly deliveredOn: readonly string[];
}

/** The shop's own records. */
export interface Orders {
  /** The order of a form: the second press of its button finds that of the first. */
  place(form: string, wanted: Pick<Order, "buyer" | "item" | "language">): Order;
  get(id: string): Order | undefined;
  /** Newest first. */
  ofBuyer(buyer: string): readonly Order[];
  /** A payment of the order was opened; the buyer pays it there. */
  opened(id: string, payAt: string): void;
  /** Hands the goods over, once per event, however often it is told of it. */
  deliver(event: PaymentEvent): void;
  /** A payment of the order came to nothing. */
  release(event: PaymentEvent): void;
  /** Resolves when one of these was told of the order, or the signal aborts. Never rejects. */
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
      if (handled.has(id)) return;
      handled.add(id);
      change(payment.orderId, ({ deliveredOn }) => ({ deliveredOn: [...deliveredOn, id] }));
    },
    release: ({ payment }) => change(payment.orderId, () => ({})),
    async changed(id, signal) {
      await once(changes, id, { signal }).catch(() => undefined);
    },
  };
}
