import { createPay, type Pay } from "@pay/core";
import { seededRandom } from "../support/seeded-random.ts";
import { processClock } from "./clock.ts";
import { connect } from "./connection.ts";
import type { Database } from "./database.ts";
import type { Gateway, Kind } from "./gateway.ts";
import type { Handlers } from "./handlers.ts";
import { createProvider } from "./provider.ts";
import { createLife, type Life, type World } from "./world.ts";

/** A slot for one process. When the process ends, another one starts after a while. */
export interface Slot {
  /** The running process, if it accepts requests. */
  up(): { readonly life: Life; readonly pay: Pay; fetch(request: Request): Promise<Response> } | undefined;
  /** Kills the process in the middle of its work. */
  crash(): void;
  /** Lets the process finish its work, then replaces it. */
  restart(): void;
  stepClock(durationMs: number): void;
}

export interface Surroundings {
  readonly database: Database;
  readonly gateway: Gateway;
  readonly handlers: Handlers;
  readonly failureIsFinal: Readonly<Record<Kind, boolean>>;
}

const SECRET = "a secret of the simulation, long enough to be one";
export const BASE_URL = "https://shop.example/pay";

export function createSlot(world: World, name: string, around: Surroundings): Slot {
  let generation = 0;
  let current = boot();

  function boot() {
    const life = createLife(world, `${name}${++generation}`);
    const clock = processClock(world, life);
    const provider = (kind: Kind) => createProvider(world, life, kind, around.gateway, around.failureIsFinal[kind]);
    const pay = createPay({
      providers: { psc: provider("psc"), cards: provider("cards"), bank: provider("bank") },
      store: connect(world, life, around.database),
      baseUrl: BASE_URL,
      secret: SECRET,
      clock,
      random: seededRandom(world.dice.below(2 ** 32)),
      logger: loggerOf(world, life),
    });
    const process = { life, clock, pay: pay as Pay, ready: false, closing: false, fetch: pay.fetch };
    around.handlers.attach(process.pay, life, () => replace(process));
    pay.start().then(
      () => {
        process.ready = true;
      },
      () => replace(process),
    );
    return process;
  }

  function replace(process: { readonly life: Life }): void {
    if (!process.life.alive) return;
    process.life.end();
    world.timeline.after(world.dice.below(20_000), `${name} starts again`, () => {
      current = boot();
    });
  }

  return {
    up: () => (current.ready && !current.closing && current.life.alive ? current : undefined),
    crash: () => replace(current),
    restart() {
      const process = current;
      if (!process.ready || process.closing) return;
      process.closing = true;
      const gone = () => replace(process);
      process.pay.close().then(gone, gone);
    },
    stepClock: (durationMs) => current.clock.step(durationMs),
  };
}

function loggerOf({ trace }: World, { name }: Life) {
  const log = (message: string, fields?: object) => trace.note(`  ${name}: ${message} ${JSON.stringify(fields ?? {})}`);
  return { info: log, warn: log, error: log };
}
