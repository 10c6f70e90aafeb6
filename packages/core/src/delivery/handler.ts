import { NAME } from "../check-config.ts";
import type { HandlerContext, TransactionContext } from "../contract/pay.ts";
import type { HandlerKey, PaymentStore } from "../contract/store.ts";
import { PayError } from "../model/errors.ts";
import type { PayEvent } from "../model/event.ts";
import { EVENT_TYPES, type EventType } from "../model/event-types.ts";

/** A function of the shop that is called for one type of event. */
export interface Handler extends HandlerKey {
  /** Whether it runs in a transaction of the store. */
  readonly tx: boolean;
  readonly run: (event: PayEvent, context: HandlerContext | TransactionContext) => unknown;
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
  if (!isEventType(type)) throw refused(`the event must be one of ${EVENT_TYPES.join(", ")}`);
  if (typeof name !== "string" || !NAME.test(name)) {
    throw refused("the second argument must be a name of letters, digits, - and _");
  }
  if (typeof run !== "function") throw refused("the third argument must be a function");
  if (known.some((handler) => handler.type === type && handler.name === name)) {
    throw refused(`a handler named ${name} for ${type} is registered already; choose another name`);
  }
  if (tx && store.deliverInTransaction === undefined) {
    throw refused("tx: true needs a store with transactions for handlers, such as @pay/postgres");
  }
  return { type, name, tx, run: run as Handler["run"] };
}

function refused(remedy: string): PayError {
  return new PayError("INVALID_CONFIG", `on: ${remedy}.`, { field: "on" });
}

function isEventType(type: string): type is EventType {
  return (EVENT_TYPES as readonly string[]).includes(type);
}
