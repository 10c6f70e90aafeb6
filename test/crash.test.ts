import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { seeded, shuffled } from "@pay/testkit/internal";
import { startPostgres, type TestServer } from "../packages/postgres/test/server.ts";
import { type CampaignOptions, crashCampaign, violationsOf } from "./crash/campaign.ts";
import { FAILURE_POINTS, type StoreKind } from "./crash/failure-points.ts";
import { migrate } from "./crash/migrate.ts";

// The whole campaign is `pnpm crash-test`.
const LONG = process.env.PAY_TEST_LONG === "1";
const TIMEOUT_MS = LONG ? 600_000 : 240_000;
/** Failure points of one campaign, which the seed draws. */
const POINTS = LONG ? 100 : 6;
/** Kills at no point. */
const RANDOM_KILLS = LONG ? 10 : 2;
const root = mkdtempSync(join(tmpdir(), "pay-crash-"));
let server: TestServer;
beforeAll(async () => {
  server = await startPostgres();
}, TIMEOUT_MS);
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

type Changes = Pick<CampaignOptions, "kills" | "points" | "seed" | "broken">;

async function campaign(kind: StoreKind, options: Changes) {
  const folder = mkdtempSync(join(root, "run-"));
  const database = kind === "sqlite" ? join(folder, "pay.db") : await server.database();
  if (kind === "sqlite") await migrate(database);
  return crashCampaign({ kind, database, folder, progress() {}, ...options });
}

describe.each(["sqlite", "postgres"] as const)("processes on %s that are killed", (kind) => {
  const seed = randomInt(1_000_000);
  const points = shuffled(FAILURE_POINTS[kind], seeded(seed)).slice(0, POINTS);
  describe(`at ${points.length} of ${FAILURE_POINTS[kind].length} points and at random, seed ${seed},`, () => {
    it(
      "lose nothing, double nothing, and deliver everything",
      async () => {
        const report = await campaign(kind, { kills: points.length + RANDOM_KILLS, points, seed });
        expect(violationsOf(report)).toEqual([]);
        expect(points.filter((point) => report.hits[point] === 0)).toEqual([]);
        expect(report.acknowledged).toBeGreaterThan(0);
      },
      TIMEOUT_MS,
    );
  });
});

describe("the campaign notices a shop that", () => {
  it(
    "forgets what it acknowledged",
    async () => {
      const points = ["after the reply"];
      const { lost } = await campaign("sqlite", { kills: 2, points, seed: 1, broken: "forgets what it acknowledged" });
      expect(lost.filter((line) => !line.endsWith("was never acknowledged")).length).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  it(
    "marks an event as delivered before it tells it",
    async () => {
      const points = ["before the handler"];
      const { undelivered } = await campaign("sqlite", { kills: 2, points, seed: 1, broken: "marks before it tells" });
      expect(undelivered.length).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});
