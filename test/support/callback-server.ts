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

/** A process of its own that serves callbacks on a SQLite file. */
export interface CallbackServer {
  readonly child: Child;
  readonly url: string;
  readonly database: Database;
  /** Opens a payment for an order of its own. Rejects with the code of what went wrong. */
  checkout(): Promise<OpenedPayment>;
  /** Tells it that the payment has succeeded, as the gateway does. Resolves with the status of the answer. */
  notify(payment: OpenedPayment): Promise<number>;
  /** Waits until the shop was told of the payment, and that is stored. */
  untilDelivered(payment: OpenedPayment): Promise<void>;
  /** Ends it as a process ends that is told to. */
  close(): Promise<void>;
}

export interface CallbackServerOptions extends SpawnOptions {
  readonly before?: readonly string[];
  /** Pages in the log after which a checkpoint is made. @default SQLite's 1,000 */
  readonly checkpointEvery?: number;
}

/** Rejects with what `start()` was refused with, if it was. */
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
