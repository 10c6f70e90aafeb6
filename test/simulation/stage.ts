import { type Buyers, createBuyers } from "./buyers.ts";
import { createDatabase, type Database } from "./database.ts";
import { createGateway, type Gateway, type Kind } from "./gateway.ts";
import { createFetchs, type Handlers } from "./handlers.ts";
import { checkAskedSoon, isRecorded } from "./hints.ts";
import { createIntruder } from "./intruder.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createOperator, type Operator } from "./operator.ts";
import { createSlot, type Slot } from "./process.ts";
import { createQuestions, type Questions } from "./questions.ts";
import type { World } from "./world.ts";

/** The participants of a run. */
export interface Stage {
  readonly world: World;
  readonly ledger: Ledger;
  readonly database: Database;
  readonly questions: Questions;
  readonly gateway: Gateway;
  readonly handlers: Handlers;
  readonly slots: readonly Slot[];
  readonly buyers: Buyers;
  readonly operator: Operator;
  readonly intrude: () => void;
  readonly orders: readonly string[];
}

export function createStage(world: World): Stage {
  const { dice, violate } = world;
  const failureIsFinal: Readonly<Record<Kind, boolean>> = {
    psc: dice.chance(0.5),
    cards: dice.chance(0.5),
    bank: dice.chance(0.5),
  };
  const ledger = createLedger(world, (merchantAccount) => failureIsFinal[merchantAccount.split(":")[0] as Kind]);
  const handlers = createFetchs(world);
  const questions = createQuestions();
  const database = createDatabase(world, ledger, questions, handlers.recorded);
  const gateway = createGateway(
    world,
    () => dice.pick(slots).up(),
    ({ transaction, word }) => {
      if (isRecorded(gateway, transaction) && ledger.placeOf(word) === undefined)
        violate("no acknowledged notification is missing", word);
    },
    (notification, arrivedAt) => checkAskedSoon(stage, notification, arrivedAt),
  );
  const around = { database, gateway, handlers, failureIsFinal };
  const slots: readonly Slot[] = [createSlot(world, "A", around), createSlot(world, "B", around)];
  const orders = ["order-1", "order-2", "order-3"].slice(0, dice.between(1, 3));
  const stage: Stage = {
    ...{ world, ledger, database, questions, gateway, handlers, slots, orders },
    buyers: createBuyers(world, slots),
    operator: createOperator(world, slots, gateway),
    intrude: createIntruder(world, slots, gateway),
  };
  return stage;
}
