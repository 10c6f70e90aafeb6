import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { PaymentStore, StoreWorker } from "@pay/core/store";
import { createBell } from "../../../test/support/bell.ts";
import { paid } from "../test/paid.ts";
import { startPostgres, type TestServer } from "../test/server.ts";
import { postgresStore } from "./store.ts";

let server: TestServer;
let url: string;
let store: PaymentStore;
let worker: StoreWorker | undefined;
const printed: string[] = [];
const bell = createBell();

beforeAll(async () => {
  server = await startPostgres();
  url = await server.database();
});
afterAll(() => server.close());
beforeEach(async () => {
  await server.clear(url);
});
beforeEach(() => {
  // Whatever happens to the queue, nothing is printed past the app's logger.
  for (const way of ["trace", "error", "warn", "log"] as const) {
    jest.spyOn(console, way).mockImplementation((...lines) => printed.push(lines.join(" ")));
  }
});
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
  await store.close();
  jest.restoreAllMocks();
  expect(printed.splice(0)).toEqual([]);
  await server.rows(url, "DROP FUNCTION IF EXISTS public.refuse CASCADE");
});

/** Counts how often the queue asks for a look. */
async function start(listen = true, look = async () => {}): Promise<{ readonly looks: number }> {
  const told = { looks: 0 };
  store = postgresStore({ url, listen });
  await store.start();
  worker = await store.startWorker?.(async () => {
    told.looks++;
    bell.ring();
    await look();
  });
  return told;
}

/** Records a payment's success, and waits until the queue calls `look`. */
async function payAndLook(told: { readonly looks: number }): Promise<void> {
  const before = told.looks;
  await paid(store);
  await bell.until(() => told.looks > before);
}

/** Has the server refuse to delete jobs, which is how they end. */
async function refuseEnds(): Promise<void> {
  await server.rows(
    url,
    `CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
     CREATE TRIGGER refuse BEFORE DELETE ON graphile_worker._private_jobs FOR EACH ROW EXECUTE FUNCTION public.refuse()`,
  );
}

describe.each([
  ["with LISTEN", true],
  ["by looking now and then", false],
])("the queue, %s,", (_, listen) => {
  it("calls look after a recorded success", async () => {
    const told = await start(listen);
    await payAndLook(told);
    await payAndLook(told);
    expect(told.looks).toBe(2);
  });

  it("goes on after every connection was cut", async () => {
    const told = await start(listen);
    await payAndLook(told);
    await server.rows(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    // A connection that was found broken is refused, and told so.
    const again = (): Promise<void> => payAndLook(told).catch(again);
    await again();
    await payAndLook(told);
  });

  it("goes on after the end of a job could not be stored", async () => {
    const told = await start(listen);
    await refuseEnds();
    await payAndLook(told);
    await bell.until(() => told.looks > 0);
    await server.rows(url, "DROP FUNCTION public.refuse CASCADE");
    await payAndLook(told);
  });

  it("lets a look end before it stops, and brings nothing more", async () => {
    const goOn = Promise.withResolvers<void>();
    let ended = false;
    const told = await start(listen, async () => {
      await goOn.promise;
      ended = true;
    });
    await payAndLook(told);
    const stopped = worker!.stop().then(() => ended);
    await paid(store);
    goOn.resolve();
    expect(await stopped).toBe(true);
    expect(told.looks).toBe(1);
    expect(await server.rows(url, "SELECT 1 FROM graphile_worker.jobs WHERE locked_at IS NOT NULL")).toEqual([]);
  });

  it("survives a look that fails", async () => {
    const told = await start(listen, () => Promise.reject(new Error("no")));
    await payAndLook(told);
    await payAndLook(told);
  });
});

describe("the queue, by looking now and then,", () => {
  it("listens on no connection", async () => {
    const told = await start(false);
    await payAndLook(told);
    const listening = "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN%'";
    expect(await server.rows(url, listening)).toEqual([]);
    await worker?.stop();
    await start(true).then(payAndLook);
    expect(await server.rows(url, listening)).toHaveLength(1);
  });
});

describe("the queue, whatever lies around,", () => {
  it("takes neither tasks nor names from its folder and its environment", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pay-worker-"));
    const [before, schema] = [process.cwd(), process.env.GRAPHILE_WORKER_SCHEMA];
    writeFileSync(join(folder, "crontab"), "*/5 * * * * root /usr/bin/backup --all\n");
    process.chdir(folder);
    process.env.GRAPHILE_WORKER_SCHEMA = "somebody_elses";
    try {
      await payAndLook(await start(true));
    } finally {
      process.chdir(before);
      if (schema === undefined) delete process.env.GRAPHILE_WORKER_SCHEMA;
      else process.env.GRAPHILE_WORKER_SCHEMA = schema;
      rmSync(folder, { recursive: true });
    }
  });
});
