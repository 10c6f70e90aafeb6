import { badConfig, NAME } from "../check-config.ts";
import type { HandlerContext, TransactionContext } from "../contract/pay.ts";
import type { HandlerKey, PaymentStore } from "../contract/store.ts";
import { EVENT_TYPES, type PaymentEvent, type PaymentEventType } from "../model/event.ts";

/** A function of the shop that is called for one type of event. */
export interface Handler extends HandlerKey {
  /** Whether it runs in a transaction of the store. */
  readonly tx: boolean;
  readonly run: (event: PaymentEvent, context: HandlerContext | TransactionContext) => unknown;
}

/**
 * What `pay.on` was given, checked: plain JavaScript can pass anything.
 *
 * @throws PayError `INVALID_CONFIG` with the remedy
 */
export function checkedHandler(
  known: readonly Handler[],
  store: PaymentStore,
  type: string,
  name: string,
  run: unknown,
  tx: boolean,
): Handler {
  if (!isEventType(type)) throw badConfig("on", `must name one of the events ${EVENT_TYPES.join(", ")}`);
  if (typeof name !== "string" || !NAME.test(name)) {
    throw badConfig("on", "must have a name of letters, digits, - and _ as its second argument");
  }
  if (typeof run !== "function") throw badConfig("on", "must have a function as its third argument");
  if (known.some((handler) => handler.type === type && handler.name === name)) {
    throw badConfig("on", `has a handler named ${name} for ${type} already; choose another name`);
  }
  if (tx && store.deliverInTransaction === undefined) {
    throw badConfig("on", "can give a transaction only if the store has one, as @pay/postgres has");
  }
  return { type, name, tx, run: run as Handler["run"] };
}

function isEventType(type: string): type is PaymentEventType {
  return (EVENT_TYPES as readonly string[]).includes(type);
}
