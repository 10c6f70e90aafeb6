import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { Armed } from "./armed.ts";
import type { StoreKind } from "./failure-points.ts";

/** What a process of the shop is started with. */
export interface ShopSettings {
  readonly kind: StoreKind;
  /** Path or URL. */
  readonly database: string;
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
  /** Whether dead letters are delivered again. */
  readonly redrives?: boolean;
  readonly armed?: Armed;
  /** To see that the campaign bites: what this shop does wrong. */
  readonly broken?: "forgets what it acknowledged" | "marks before it tells";
}

export interface Question {
  readonly id: number;
  readonly orderId: string;
  readonly provider: string;
  readonly key: string;
}

/** Where a checkout sends its buyer, if anywhere, or nothing where the process died over it. */
export type Checkout = { readonly sentTo?: string } | { readonly error: string } | undefined;

/** A process of the shop that is ready, or has died on the way. */
export interface Shop {
  readonly port: number | undefined;
  readonly died: Promise<void>;
  isAlive(): boolean;
  checkout(question: Omit<Question, "id">): Promise<Checkout>;
  kill(): void;
}

const CHILD = join(import.meta.dirname, "shop.child.ts");
let questions = 0;

export async function startShop(settings: ShopSettings, onError: (text: string) => void): Promise<Shop> {
  const child = spawn(process.execPath, ["--conditions=@pay/source", CHILD, JSON.stringify(settings)], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  child.stderr?.setEncoding("utf8").on("data", onError);
  const died = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const waiting = new Map<number, (answer: Checkout) => void>();
  died.then(() => {
    for (const answer of waiting.values()) answer(undefined);
  });
  const port = await readyPort(child, died);
  child.on("message", ({ id, ...answer }: { id: number } & NonNullable<Checkout>) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  return {
    port,
    died,
    isAlive,
    checkout(question) {
      const id = ++questions;
      return new Promise((resolve) => {
        if (!isAlive()) return resolve(undefined);
        waiting.set(id, resolve);
        child.send({ ...question, id }, (error) => error && resolve(undefined));
      });
    },
    kill: () => child.kill("SIGKILL"),
  };
}

function readyPort(child: ChildProcess, died: Promise<void>): Promise<number | undefined> {
  const ready = new Promise<number>((resolve) => child.once("message", ({ port }: { port: number }) => resolve(port)));
  return Promise.race([ready, died.then(() => undefined)]);
}
