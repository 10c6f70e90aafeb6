import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { gosettiCallback, selllyCallback } from "../bench/harness/callbacks.ts";
import { type Server, startServer } from "../bench/harness/server.ts";
import { inboxRows, seedSqlite } from "../bench/seed/sqlite.ts";

const BENCH = new URL("../bench/", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "pay-settings-"));
const servers: Server[] = [];
afterAll(async () => {
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true });
});

async function serve(module: string, options: object): Promise<Server> {
  const server = await startServer(new URL(module, BENCH), options);
  servers.push(server);
  return server;
}

describe("the benchmarks' numbers", () => {
  it("are taken with a reference that is as durable as Pay's own connection", async () => {
    const path = join(folder, "reference.db");
    await seedSqlite(path, "cards", 1);
    const reference = await serve("references/sqlite.ts", { path });
    expect(await reference.run(0)).toEqual({ journal_mode: "wal", synchronous: 2 });
  });

  it("are taken with the stores as they are published, and no setting of their own", () => {
    const sources = readdirSync(new URL("ours/", BENCH)).map((name) =>
      readFileSync(new URL(`ours/${name}`, BENCH), "utf8"),
    );
    const stores = sources.flatMap((source) => source.match(/(?:sqliteStore|postgresStore)\([^)]*\)/g) ?? []);
    expect(new Set(stores)).toEqual(
      new Set(["sqliteStore(path)", "postgresStore(url)", "sqliteStore(place)", "postgresStore(place)"]),
    );
    expect(sources.join().match(/PRAGMA|synchronous|fsync/)).toBeNull();
  });

  it("are taken with authentication on: a wrong secret and a wrong address are refused, and leave no row", async () => {
    const path = join(folder, "ours.db");
    const [cards] = await seedSqlite(path, "cards", 1);
    const [psc] = await seedSqlite(path, "psc", 1);
    const ours = await serve("ours/pay-sqlite.ts", { path });
    const send = async ({ path: target, ...init }: { readonly path: string }) =>
      (await fetch(`http://127.0.0.1:${ours.port}${target}`, init)).status;
    const [sellly, gosetti] = [selllyCallback(cards!), gosettiCallback(psc!)];
    expect(await send({ ...sellly, path: sellly.path.replace(/secret_key=./, "secret_key=x") })).toBe(400);
    expect(await send({ ...gosetti, path: gosetti.path.replace(/.$/, "_") })).toBe(404);
    expect(inboxRows(path)).toBe(0);
    expect([await send(sellly), await send(gosetti)]).toEqual([200, 200]);
    expect(inboxRows(path)).toBe(2);
  });
});

describe("the command of the benchmark", () => {
  it("builds first: some benchmarks measure what is published, and would measure an older build or none", () => {
    const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    const { bench, build } = manifest.scripts as Record<string, string>;
    expect(bench).toMatch(new RegExp(`^${build} && node .*bench/main\\.ts$`));
  });
});
