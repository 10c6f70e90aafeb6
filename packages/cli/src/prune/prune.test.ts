import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { sqliteStore } from "@pay/sqlite";
import { insertRequestOf, newRecord, step } from "@pay/testkit/internal";
import { runPrune } from "./run.ts";

const MAIN = join(import.meta.dirname, "../main.ts");
const DAY = 24 * 60 * 60 * 1000;
// Beside the packages it names, as a shop's is.
const folder = mkdtempSync(join(import.meta.dirname, "../../.prune-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

function config(name: string, over: object = {}): string {
  const path = join(folder, `${name}.json`);
  const providers = { psc: { use: "@pay/gosetti-psc", userId: 1234 } };
  const secret = "a secret that is long enough for it";
  const shop = { providers, store: `sqlite:${name}.db`, baseUrl: "https://shop.example/pay", secret, ...over };
  writeFileSync(path, JSON.stringify(shop));
  return path;
}

/** The database of a shop with this many payments that failed a year ago, and one that is open. */
async function shopOf(name: string, failed: number): Promise<string> {
  const store = sqliteStore(join(folder, `${name}.db`));
  await store.start();
  const createdAt = Date.now() - 365 * DAY;
  const records = Array.from({ length: failed + 1 }, () => newRecord({ createdAt }));
  await Promise.all(records.map((record) => store.insert(insertRequestOf(record))));
  await Promise.all(
    records.slice(1).map((record) => {
      const { merchantAccount, id: paymentId } = record.payment;
      const next = step(record, { kind: "failed" }, { state: "failed" });
      const lists = { reviews: [], events: [], inbox: [], adopted: [], reviewed: [], resolved: [], redriven: [] };
      const none = { ...lists, claimsOrder: false };
      return store.update({ merchantAccount, paymentId }, () => ({ changes: { ...none, ...next }, result: undefined }));
    }),
  );
  await store.close();
  return config(name);
}

async function run(path: string, over: Partial<Parameters<typeof runPrune>[0]> = {}) {
  let [out, err] = ["", ""];
  const code = await runPrune({
    config: path,
    olderThan: "90d",
    dryRun: false,
    signal: new AbortController().signal,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isTerminal: false,
    ...over,
  });
  return { code, out, err };
}

const changed = () => new Date(Date.now() - 365 * DAY).toISOString().slice(0, 10);

describe("pay prune", () => {
  let path: string;
  beforeAll(async () => {
    path = await shopOf("shop", 3);
  });

  it("counts, removes, and leaves what is open or younger", async () => {
    expect(await run(path, { olderThan: "400d" })).toEqual({ code: 0, out: "0 payments removed.\n", err: "" });
    const progress = (done: string) => `3 payments ${done}, which last changed on ${changed()} or before\n`;
    const counted = { code: 0, out: "3 payments would be removed.\n", err: progress("found") };
    expect(await run(path, { dryRun: true })).toEqual(counted);
    const child = spawn(process.execPath, ["--conditions=@pay/source", MAIN, "prune", path, "--older-than", "90d"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [[code], out, err] = await Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]);
    expect({ code, out, err }).toEqual({ code: 0, out: "3 payments removed.\n", err: progress("removed") });
    expect(await run(path)).toEqual({ code: 0, out: "0 payments removed.\n", err: "" });
  });

  it("creates nothing where it only counts: no database, and no file beside one", async () => {
    const missing = config("missing");
    const { code, err, out } = await run(missing, { dryRun: true });
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("missing.db does not exist");
    const before = readdirSync(folder);
    expect(before.filter((name) => name.startsWith("missing"))).toEqual(["missing.json"]);
    await run(path, { dryRun: true });
    expect(readdirSync(folder)).toEqual(before);
  });

  it("stops after a batch on Ctrl-C, says how far it came, and goes on the next time", async () => {
    const long = await shopOf("long", 1200);
    const stopping = new AbortController();
    const stopped = await run(long, { signal: stopping.signal, isTerminal: true, err: () => stopping.abort() });
    expect(stopped).toMatchObject({ code: 130, out: "1,000 payments removed; stopped, run it again to continue.\n" });
    const rest = await run(long, { isTerminal: true });
    expect(rest).toMatchObject({ code: 0, out: "200 payments removed.\n" });
    expect(rest.err).toBe(`\r\x1b[K200 payments removed, which last changed on ${changed()} or before\n`);
  });

  it.each([
    ["an age that is none", () => path, { olderThan: "1y" }, "--older-than must be a number of days, e.g. 365d."],
    ["an age without unit", () => path, { olderThan: "365" }, "--older-than must be a number of days, e.g. 365d."],
    ["too young an age", () => path, { olderThan: "29d" }, "--older-than must be 30d or more"],
    ["no configuration", () => join(folder, "nowhere.json"), {}, "nowhere.json does not exist."],
    ["a broken one", () => config("broken", { store: "oracle:pay" }), {}, "store: must be an address such as"],
    ["a store in memory", () => config("memory", { store: "memory:" }), {}, 'store is "memory:"'],
    [
      "a store that cannot be opened",
      () => config("gone", { store: "sqlite:no/pay.db" }),
      {},
      "its folder does not exist",
    ],
  ])("refuses %s, and says why", async (_, file, over, message) => {
    const { code, out, err } = await run(file(), over);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(message);
  });
});
