import { spawn } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Armed } from "./armed.ts";
import { openTables } from "./database.ts";
import type { StoreKind } from "./failure-points.ts";

/** The settings of a process of the shop. */
export interface ShopSettings {
  readonly kind: StoreKind;
  /** Path or URL. */
  readonly database: string;
  /** False if PostgreSQL's notifications do not arrive by LISTEN. @default true */
  readonly listen?: boolean;
  /** The shop's own database, of effects. */
  readonly journal: string;
  /** Address of the gateways. */
  readonly gateway: string;
  readonly secret: string;
  readonly selllySecret: string;
  /** When the campaign began, how many times faster its time runs, and how far this process is ahead, in milliseconds. */
  readonly epoch: number;
  readonly rate: number;
  readonly ahead: number;
  /** True if dead letters are delivered again. */
  readonly redrives?: boolean;
  /** True if some events fail at their first attempt in each process, and a person has the next attempt made now. @default false */
  readonly hurries?: boolean;
  readonly armed?: Armed;
  /** True if its handlers wait for `goOn`. @default false */
  readonly holds?: boolean;
  /** A mistake of this shop, to check that the campaign finds it. */
  readonly broken?: "forgets what it acknowledged" | "marks before it tells";
}

export interface Question {
  readonly id: number;
  readonly orderId: string;
  readonly provider: string;
  readonly key: string;
}

/** The page to which a checkout sends its buyer, if any; `undefined` if the process died. */
export type Checkout = { readonly sentTo?: string } | { readonly error: string } | undefined;

/** A handler began, or its successful end was stored. */
export interface HandlerCall {
  readonly kind: "begins" | "ended";
  /** Id of its process. */
  readonly pid: number;
  readonly handler: string;
  readonly event: string;
  readonly type: string;
  readonly orderId: string;
}

/** Messages to the process. */
export type Command =
  | ({ readonly kind: "checkout" } & Question)
  | { readonly kind: "go on" }
  | { readonly kind: "close" };
/** Messages from the process. `closed` arrives after Pay closed, before the process ends. */
export type Message =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "answer"; readonly id: number; readonly checkout: Checkout }
  | { readonly kind: "closed" }
  | HandlerCall;

/** A process of the shop that is ready, or died before. */
export interface Shop {
  readonly pid: number;
  readonly port: number | undefined;
  readonly died: Promise<void>;
  isAlive(): boolean;
  /** Its exit code if it ended by itself: 0 if nothing went wrong. */
  exitCode(): number | null;
  checkout(question: Omit<Question, "id">): Promise<Checkout>;
  /** Releases waiting handlers, and lets later ones run. */
  goOn(): void;
  /** Closes Pay. Resolves when it is closed or the process has died. The process then has nothing left to do. */
  close(): Promise<void>;
  kill(signal?: NodeJS.Signals): void;
}

const CHILD = join(import.meta.dirname, "shop.child.ts");
let questions = 0;

/** Creates the shop's own tables for the effects of its handlers. */
export async function prepareShop({ kind, journal, database }: ShopSettings): Promise<void> {
  const db = new DatabaseSync(journal);
  db.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE attempt (event_id TEXT, handler TEXT, type TEXT, order_id TEXT);
    CREATE TABLE effect (event_id TEXT, handler TEXT, type TEXT, order_id TEXT, PRIMARY KEY (event_id, handler))`);
  db.close();
  if (kind === "sqlite") return;
  const tables = await openTables(kind, database);
  await tables.rows("CREATE TABLE IF NOT EXISTS public.shop_grant (id serial, event_id text)");
  await tables.close();
}

export async function startShop(
  settings: ShopSettings,
  onError: (text: string) => void,
  onHandlerCall: (handlerCall: HandlerCall) => void = () => {},
): Promise<Shop> {
  const child = spawn(process.execPath, ["--conditions=@pay/source", CHILD, JSON.stringify(settings)], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  child.stderr?.setEncoding("utf8").on("data", onError);
  const died = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const waiting = new Map<number, (answer: Checkout) => void>();
  const closed = Promise.withResolvers<void>();
  const port = Promise.withResolvers<number | undefined>();
  died.then(() => {
    for (const answer of waiting.values()) answer(undefined);
    port.resolve(undefined);
    closed.resolve();
  });
  child.on("message", (message: Message) => {
    switch (message.kind) {
      case "listening":
        return port.resolve(message.port);
      case "answer":
        waiting.get(message.id)?.(message.checkout);
        return void waiting.delete(message.id);
      case "closed":
        return closed.resolve();
      case "begins":
      case "ended":
        return onHandlerCall(message);
      default:
        message satisfies never;
    }
  });
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  const send = (command: Command, failed: (error: Error | null) => void = () => {}) => void child.send(command, failed);
  return {
    pid: child.pid!,
    port: await port.promise,
    died,
    isAlive,
    exitCode: () => child.exitCode,
    checkout(question) {
      const id = ++questions;
      return new Promise((resolve) => {
        if (!isAlive()) return resolve(undefined);
        waiting.set(id, resolve);
        send({ kind: "checkout", ...question, id }, (error) => error && resolve(undefined));
      });
    },
    goOn: () => send({ kind: "go on" }),
    close() {
      if (isAlive()) send({ kind: "close" });
      return closed.promise;
    },
    kill: (signal = "SIGKILL") => child.kill(signal),
  };
}
