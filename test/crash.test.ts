import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startPostgres, type TestServer } from "../packages/postgres/test/server.ts";
import { type CampaignOptions, crashCampaign, violationsOf } from "./crash/campaign.ts";
import { FAILURE_POINTS, type StoreKind } from "./crash/failure-points.ts";
import { migrate } from "./crash/migrate.ts";

// The whole campaign is `pnpm crash-test`.
const TIMEOUT_MS = 120_000;
const root = mkdtempSync(join(tmpdir(), "pay-crash-"));
let server: TestServer;
beforeAll(async () => {
  server = await startPostgres();
}, TIMEOUT_MS);
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

async function campaign(kind: StoreKind, options: Pick<CampaignOptions, "kills" | "seed" | "broken">) {
  const folder = mkdtempSync(join(root, "run-"));
  const database = kind === "sqlite" ? join(folder, "pay.db") : await server.database();
  if (kind === "sqlite") await migrate(database);
  return crashCampaign({ kind, database, folder, progress() {}, ...options });
}

describe.each(["sqlite", "postgres"] as const)("processes on %s that are killed", (kind) => {
  it(
    "at every point lose nothing, double nothing, and deliver everything",
    async () => {
      const points = FAILURE_POINTS[kind];
      const report = await campaign(kind, { kills: points.length, seed: 1 });
      expect(violationsOf(report)).toEqual([]);
      expect(points.filter((point) => report.hits[point] === 0)).toEqual([]);
      expect(report.acknowledged).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  const seed = randomInt(1_000_000);
  it(
    `at random do so too, seed ${seed}`,
    async () => {
      expect(violationsOf(await campaign(kind, { kills: 4, seed }))).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe("the campaign notices a shop that", () => {
  it(
    "forgets what it acknowledged",
    async () => {
      const { lost } = await campaign("sqlite", { kills: 6, seed: 1, broken: "forgets what it acknowledged" });
      expect(lost.filter((line) => !line.endsWith("was never acknowledged")).length).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  it(
    "marks an event as delivered before it tells it",
    async () => {
      const { undelivered } = await campaign("sqlite", { kills: 12, seed: 1, broken: "marks before it tells" });
      expect(undelivered.length).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});
