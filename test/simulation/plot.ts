import { OPEN_STATES } from "@pay/core/store";
import { checkHints } from "./answers.ts";
import { isQuiet } from "./ending.ts";
import { listenersTo } from "./handlers.ts";
import type { Stage } from "./stage.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Everything at once, for a few minutes, with pauses of the whole machine. */
export async function chaos(stage: Stage): Promise<void> {
  const { dice, timeline } = stage.world;
  plan(stage);
  for (let scene = dice.between(3, 8); scene > 0; scene--) {
    await timeline.run(dice.below(30 * SECOND));
    if (dice.chance(0.3)) await timeline.jump(dice.below(dice.pick([30 * SECOND, 5 * MINUTE, 2 * HOUR])));
  }
}

function plan({ world, buyers, operator, intrude, slots, orders }: Stage): void {
  const { dice, timeline } = world;
  const often = (most: number, within: number, name: string, act: () => void) => {
    for (let n = dice.below(most + 1); n > 0; n--) timeline.after(dice.below(within), name, act);
  };
  for (const order of orders) {
    timeline.after(dice.below(5 * SECOND), `press for ${order}`, () => buyers.press(order));
    often(2, 90 * SECOND, `press for ${order}`, () => buyers.press(order));
    if (dice.chance(0.4)) often(2, 60 * SECOND, `new price of ${order}`, () => buyers.edit(order));
  }
  for (const [n, slot] of slots.entries()) {
    often(2, 60 * SECOND, `crash of ${n}`, slot.crash);
    often(1, 60 * SECOND, `restart of ${n}`, slot.restart);
    often(3, 60 * SECOND, `clock step of ${n}`, () => slot.stepClock(dice.between(-1500, 1500)));
  }
  often(5, 90 * SECOND, "intruder", intrude);
  often(6, 90 * SECOND, "operator looks", operator.look);
}

// Long enough for every story to end, every redelivery to arrive, and every unmatched notification to get a review.
const QUIET_STEPS_MS = [5 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, HOUR, HOUR];
const MAX_ROUNDS = 300;

/** Stops the faults, and lets time pass until no work is left. */
export async function calm(stage: Stage): Promise<void> {
  stage.world.faults.stop();
  await runUntilQuiet(stage);
}

/** Lets the questions to the bank go on, until its API key is right again and it was asked for as long as money may come. */
export async function days(stage: Stage): Promise<void> {
  const { gateway, world } = stage;
  if (!gateway.transactions.some(({ kind }) => kind === "bank")) return;
  const now = world.timeline.now();
  const isWrong = gateway.keyWrongUntil > now;
  if (!isWrong && gateway.pendingUntilSeconds === undefined) return;
  // A question comes every 12 hours at the latest. Money may come for 30 hours.
  const end = isWrong ? gateway.keyWrongUntil + 13 * HOUR : now + 36 * HOUR;
  while (world.timeline.now() < end) {
    await pass(stage, 6 * HOUR);
    await checkHints(stage);
  }
}

/** Repairs the handlers and resolves every review; the effects may need a person again. */
export async function people(stage: Stage): Promise<void> {
  const { operator, handlers, world } = stage;
  handlers.repair();
  for (let round = 0; round < 3; round++) {
    // Not awaited, since it never ends if a violation stopped time.
    operator.finish();
    await world.timeline.run(10 * SECOND);
    await runUntilQuiet(stage);
  }
}

async function runUntilQuiet(stage: Stage): Promise<void> {
  const { timeline, violate } = stage.world;
  for (const durationMs of QUIET_STEPS_MS) await pass(stage, durationMs);
  for (let round = 0; !(await isQuiet(stage)); round++) {
    if (round === MAX_ROUNDS) return violate("everything comes to rest", await whatIsLeft(stage));
    await pass(stage, Math.max(MINUTE, (await nextWorkAt(stage)) - timeline.now()));
  }
}

/** Lets long times pass while the machines sleep, so that the loops do not run every minute of a day. */
async function pass({ world: { timeline } }: Stage, durationMs: number): Promise<void> {
  await timeline.jump(durationMs);
  await timeline.run(SECOND);
}

async function nextWorkAt({ database, world, ledger }: Stage): Promise<number> {
  const now = world.timeline.now();
  const types = [...ledger.events.map(({ type }) => type), "review.opened", "review.resolved"] as const;
  const keys = types.flatMap((type) => listenersTo(type).map((name) => ({ name, type })));
  const open = [...ledger.records.values()].filter(({ payment }) => OPEN_STATES.includes(payment.state));
  const expiries = open.map(({ payment }) => payment.expiresAt).filter((at) => at > now);
  return (await database.store.nextDeliveryAt(now, keys)) ?? Math.min(...(expiries.length > 0 ? expiries : [now]));
}

async function whatIsLeft({ ledger, gateway, database }: Stage): Promise<string> {
  const deliveries = await Promise.all([...ledger.records.keys()].map((id) => database.store.deliveries(id)));
  return JSON.stringify({
    states: [...ledger.records.values()].map(({ payment }) => payment.state),
    unheard: gateway.notifications.filter(({ acknowledged }) => !acknowledged).map(({ word }) => word),
    deliveries: deliveries.flat().map(({ type, handler, status }) => `${type} ${handler} ${status}`),
  });
}
