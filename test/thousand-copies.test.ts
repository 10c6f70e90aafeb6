import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { seeded, shuffled } from "@pay/testkit/internal";
import { startPostgres, type TestServer } from "../packages/postgres/test/server.ts";
import { type Fleet, HANDLERS, type OpenedPayment, startFleet } from "./crash/fleet.ts";
import { type Answer, type Notice, sendCallback } from "./crash/gateway.ts";
import type { Shop } from "./crash/shop.ts";
import { paidStory } from "./support/database.ts";

const COPIES = 1000;
const PROCESSES = 4;
const LONG = process.env.PAY_TEST_LONG === "1";
/** Copies where a thousand would show no more. */
const SOME = LONG ? COPIES : 200;
const ROUNDS = LONG ? 50 : 2;
const TIMEOUT_MS = LONG ? 600_000 : 180_000;
const GATEWAYS = ["psc", "cards"] as const;
/** The handlers that write each of their calls into the shop's journal. */
const JOURNALLED = ["grant", "mail"];
/** The greatest number of times a copy is sent, and the pause before the second time; each later pause is as much longer. */
const DELIVERIES = 10;
const PAUSE_MS = 100;
/** Acknowledged, or a reason for the gateway to send again: the shop's answer, none in time, or a request of this busy process that came too slowly. */
const TAKEN: readonly Answer[] = ["acknowledged", 503, 408, "none"];
/** What a process logs while the store answers too late, as it may on a busy machine. */
const UNAVAILABLE = [
  /^A callback was not committed; the gateway is told to send it again\. .*"STORE_UNAVAILABLE"/,
  /^The end of a delivery was not stored; the event will be delivered again\. .*"STORE_UNAVAILABLE"/,
  /^Delivery could not read the store; the next attempt follows\. .*"STORE_UNAVAILABLE"/,
];
/** Names the event of a handler that ended while the store kept no end of it: only such an event may reach a handler again. */
const NOT_STORED = /^The end of a delivery was not stored;.*"event":"(?<event>\w+)"/gm;

let server: TestServer;
const folder = mkdtempSync(join(tmpdir(), "pay-copies-"));
beforeAll(async () => {
  server = await startPostgres();
}, TIMEOUT_MS);
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe.each(["postgres", "sqlite"] as const)("copies of a callback, at once, on one %s,", (kind) => {
  const notices: Notice[] = [];
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await startFleet({ kind, database: kind === "sqlite" ? join(folder, "pay.db") : await server.database() });
    await Promise.all(Array.from({ length: PROCESSES }, () => fleet.start()));
  }, TIMEOUT_MS);
  afterAll(() => fleet.close());

  /** Sends copies of each word at the same moment, to the processes in turns, and again when the shop requests it. */
  async function tellAll(words: readonly boolean[], shops: readonly Shop[], { asked }: OpenedPayment): Promise<void> {
    const copies = words.map((paid): Notice => ({ ...asked, paid, acknowledged: false, sent: 0 }));
    notices.push(...copies);
    const answers = new Set<Answer>();
    await Promise.all(
      copies.map(async (copy, n) => {
        for (; !copy.acknowledged && copy.sent < DELIVERIES; copy.sent++) {
          const answer = await sendCallback(asked, copy.paid, shops[n % shops.length]!.port!);
          copy.acknowledged = answer === "acknowledged";
          answers.add(answer);
          if (!copy.acknowledged) await wait((copy.sent + 1) * PAUSE_MS);
        }
      }),
    );
    expect([...answers].filter((answer) => !TAKEN.includes(answer))).toEqual([]);
    expect(copies.filter(({ acknowledged }) => !acknowledged).length).toBe(0);
  }

  /** The types of the events that a handler got for an order, in order, each once for every time that no log explains. */
  async function toldTo(handler: string, orderId: string): Promise<readonly unknown[]> {
    const attempts = await fleet.journal(
      `SELECT event_id, type FROM attempt WHERE order_id = '${orderId}' AND handler = '${handler}' ORDER BY rowid`,
    );
    const repeated = new Set([...fleet.errors.join("").matchAll(NOT_STORED)].map(({ groups }) => groups?.event));
    const isFirst = ({ event_id }: (typeof attempts)[number], at: number) =>
      attempts.findIndex((one) => one.event_id === event_id) === at;
    return attempts
      .filter((attempt, at) => isFirst(attempt, at) || !repeated.has(String(attempt.event_id)))
      .map(({ type }) => type);
  }

  /** Entries of the shop's ledger, into which a handler's transaction writes without a unique key. */
  async function entries({ id }: OpenedPayment): Promise<number> {
    if (kind === "sqlite") return 1;
    const granted = `SELECT 1 FROM shop_grant WHERE event_id IN (SELECT event_id FROM outbox WHERE stream = '${id}')`;
    return (await fleet.rows(granted)).length;
  }

  // One process on SQLite is tested with the other faults of gateways.
  const few = GATEWAYS.map((gateway) => [SOME, gateway, 1] as const);
  const many = GATEWAYS.map((gateway) => [gateway === "cards" ? COPIES : SOME, gateway, PROCESSES] as const);
  it.each(kind === "sqlite" ? many : [...few, ...many])(
    "%d of %s's to %d processes are all acknowledged, applied once and told once",
    async (copies, gateway, processes) => {
      const payment = await fleet.open(fleet.shops[0]!, gateway);
      await tellAll(Array<boolean>(copies).fill(true), fleet.shops.slice(0, processes), payment);
      await fleet.granted(payment.orderId);
      const deliveries = HANDLERS[kind].map(() => "delivered");
      expect(await fleet.story(payment.id)).toEqual(paidStory(payment.id, { deliveries }));
      for (const name of JOURNALLED) expect(await toldTo(name, payment.orderId)).toEqual(["payment.succeeded"]);
      expect(await entries(payment)).toBe(1);
    },
    TIMEOUT_MS,
  );

  const seed = randomInt(1_000_000);
  it.each(GATEWAYS)(
    `of %s's that contradict each other end succeeded in any order, and nothing is told after the success, seed ${seed}`,
    async (gateway) => {
      const random = seeded(seed);
      const words = Array.from({ length: SOME }, (_, n) => n % 2 === 0);
      for (let round = 0; round < ROUNDS; round++) {
        const payment = await fleet.open(fleet.shops[round % PROCESSES]!, gateway);
        // Alternates between all copies at once, and one copy that is acknowledged before the others.
        const ahead = round % 2 === 0 ? [] : [true];
        await tellAll(ahead, fleet.shops, payment);
        await tellAll(shuffled(words, random), fleet.shops, payment);
        await fleet.granted(payment.orderId);
        const story = await fleet.story(payment.id);
        const failedFirst = story.states[2] === "failed";
        const review = failedFirst ? "late_success" : "contradiction";
        const { deliveries } = story;
        expect(story).toEqual(
          paidStory(payment.id, {
            states: ["created", "pending", failedFirst ? "failed" : "succeeded", "succeeded"],
            inbox: 2,
            events: failedFirst ? ["payment.failed", "payment.succeeded"] : ["payment.succeeded"],
            // At GOSetti.pl a failure is not final.
            reviews: gateway === "psc" ? [] : [review],
            deliveries,
          }),
        );
        expect(deliveries.filter((status) => status !== "delivered" && status !== "superseded")).toEqual([]);
        for (const name of JOURNALLED) {
          const types = await toldTo(name, payment.orderId);
          expect(types.filter((type) => type === "payment.succeeded")).toHaveLength(1);
          expect(types.at(-1)).toBe("payment.succeeded");
        }
        expect(await entries(payment)).toBe(1);
      }
    },
    TIMEOUT_MS,
  );

  it("leave what the gateways were told, the history, the states and the effects in agreement", async () => {
    expect(await fleet.judge(notices)).toEqual({ lost: [], undelivered: [], doubled: [], forbidden: [] });
    expect(fleet.shops.every((shop) => shop.isAlive())).toBe(true);
    const lines = fleet.errors.join("").split("\n");
    expect(lines.filter((line) => line !== "" && !UNAVAILABLE.some((known) => known.test(line)))).toEqual([]);
  });
});
