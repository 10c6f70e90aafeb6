import type { SpawnOptions } from "node:child_process";
import { join } from "node:path";
import type { Said } from "./callback.child.ts";
import { type Child, startChild } from "./child.ts";
import { type Database, openDatabase } from "./database.ts";

const FILE = join(import.meta.dirname, "callback.child.ts");

export interface OpenedPayment {
  readonly id: string;
  readonly providerReference: string;
}

/** A separate process that serves callbacks on a SQLite file. */
export interface CallbackServer {
  readonly child: Child;
  readonly url: string;
  readonly database: Database;
  /** Opens a payment for a new order. Rejects with the error's code. */
  checkout(): Promise<OpenedPayment>;
  /** Sends the gateway's callback that the payment has succeeded. Resolves with the status of the answer. */
  notify(payment: OpenedPayment): Promise<number>;
  /** Waits until the payment's event was delivered and that is stored. */
  untilDelivered(payment: OpenedPayment): Promise<void>;
  /** Ends it as a process ends on request. */
  close(): Promise<void>;
}

export interface CallbackServerOptions extends SpawnOptions {
  readonly before?: readonly string[];
  /** Pages in the log after which SQLite makes a checkpoint. @default SQLite's 1,000 */
  readonly checkpointEvery?: number;
}

/** Rejects with the error of `start()`, if it fails. */
export async function startCallbackServer(path: string, options: CallbackServerOptions = {}): Promise<CallbackServer> {
  const { checkpointEvery, ...rest } = options;
  const child = startChild(FILE, [path, ...(checkpointEvery === undefined ? [] : [String(checkpointEvery)])], rest);
  const database = openDatabase(path);
  let orders = 0;

  /** The next message of these kinds. */
  const said = <K extends Said["kind"]>(...kinds: readonly K[]) =>
    child.message((message) => {
      const known = message as Said;
      return kinds.includes(known.kind as K) ? (known as Said & { readonly kind: K }) : undefined;
    });

  const first = await said("listening", "refused");
  if (first.kind === "refused") {
    await child.end();
    throw Object.assign(new Error(first.message), { code: first.code });
  }
  return {
    child,
    url: first.url,
    database,
    async checkout() {
      child.send({ kind: "checkout", orderId: `order-${child.pid}-${++orders}` });
      const answer = await said("opened", "failed");
      if (answer.kind === "failed") throw Object.assign(new Error(answer.code), { code: answer.code });
      return { id: answer.id, providerReference: answer.providerReference };
    },
    async notify({ providerReference }) {
      const body = JSON.stringify({ status: "succeeded", providerReference });
      const response = await fetch(`${first.url}/pay/callbacks/cards`, { method: "POST", body });
      await response.body?.cancel();
      return response.status;
    },
    untilDelivered: ({ id }) =>
      child.until(() => {
        const { deliveries } = database.story(id);
        return deliveries.length > 0 && deliveries.every((status) => status === "delivered");
      }),
    async close() {
      if (child.alive()) child.send({ kind: "close" });
      await child.ended();
    },
  };
}
