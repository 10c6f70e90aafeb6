import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
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
    const [first = ""] = readFileSync(join(server.databaseDir, "postmaster.pid"), "utf8").split("\n");
    const postmaster = Number(first);
    // First of all the one that makes the others; then those it has made, until there are no more.
    for (
      let found = [postmaster];
      found.length > 0;
      found = childrenOf(postmaster).filter((pid) => !frozen.includes(pid))
    ) {
      frozen = [...frozen, ...found];
      signal("SIGSTOP");
    }
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
      if (frozen.length === 0) await freeze();
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

/** Those of a connection that is just being made are known to nobody but the system. */
function childrenOf(pid: number): readonly number[] {
  const listed =
    process.platform === "linux"
      ? readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      : execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" });
  return listed.split(/\s+/).filter(Boolean).map(Number);
}
