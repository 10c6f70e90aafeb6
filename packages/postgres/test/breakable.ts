import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { startEmbedded } from "./embedded.ts";
import { serverOn, type TestServer } from "./server.ts";

/** A PostgreSQL of the test's own, which it may break. Its port and files stay the same. */
export interface BreakableServer extends TestServer {
  /** Ends every connection and stops in order. */
  stop(): Promise<void>;
  /** Kills all its processes at once. */
  kill(): Promise<void>;
  /** Starts it again after `stop` or `kill`. */
  start(): Promise<void>;
  /** Its processes stand still: connections, new ones as well, are neither answered nor refused. */
  freeze(): Promise<void>;
  /** They go on. */
  thaw(): void;
}

export async function startBreakablePostgres(): Promise<BreakableServer> {
  const server = await startEmbedded();
  let runs = true;
  let frozen: readonly number[] = [];

  function signal(name: NodeJS.Signals): void {
    for (const pid of frozen) {
      try {
        process.kill(pid, name);
      } catch {
        // Its connection had ended meanwhile.
      }
    }
  }

  async function freeze(): Promise<void> {
    const client = new pg.Client({ connectionString: server.url });
    client.on("error", () => {});
    await client.connect();
    const [first = ""] = readFileSync(join(server.databaseDir, "postmaster.pid"), "utf8").split("\n");
    // First of all the one that makes the others, so that the list is all of them.
    process.kill(Number(first), "SIGSTOP");
    const { rows } = await client.query("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
    await client.end();
    frozen = [Number(first), ...rows.map(({ pid }) => pid)];
    signal("SIGSTOP");
  }

  function thaw(): void {
    signal("SIGCONT");
    frozen = [];
  }

  async function start(): Promise<void> {
    while (!runs) {
      // Until the last of the killed is gone the files are theirs.
      await server.start().then(
        () => {
          runs = true;
        },
        () => {},
      );
    }
  }

  return {
    ...serverOn(server),
    async stop() {
      await server.halt();
      runs = false;
    },
    async kill() {
      await freeze();
      signal("SIGKILL");
      frozen = [];
      runs = false;
    },
    start,
    freeze,
    thaw,
    async close() {
      thaw();
      // One that was killed cannot be stopped again.
      await start();
      await server.stop();
    },
  };
}
