import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createBell } from "./bell.ts";

const ROOT = join(import.meta.dirname, "../..");

/** A child process that runs a TypeScript file and exchanges messages. */
export interface Child {
  readonly pid: number;
  send(message: object | string): void;
  /** The first unread message for which this returns a value. Rejects if the process ends without one. */
  message<T>(pick: (message: unknown) => T | undefined): Promise<T>;
  /** Resolves when the condition holds. It is checked now and at every message. Rejects if the process ends before. */
  until(condition: () => boolean): Promise<void>;
  /** True until it ended. */
  alive(): boolean;
  /** Its standard error. */
  printed(): string;
  /** Resolves when it has ended. */
  ended(): Promise<void>;
  /** Ends it if it runs, and waits for its end. */
  end(): Promise<void>;
}

/** Starts `file` with the sources of this repository. `before` precedes the command, e.g. `["strace", "-f"]`. */
export function startChild(
  file: string,
  args: readonly string[],
  options: SpawnOptions & { readonly before?: readonly string[] } = {},
): Child {
  const { before = [], ...rest } = options;
  const command = [...before, process.execPath, "--conditions=@pay/source", "--disable-warning=ExperimentalWarning"];
  const process_: ChildProcess = spawn(command[0]!, [...command.slice(1), file, ...args], {
    cwd: ROOT,
    ...rest,
    // Jest's own options are not for the child.
    env: { ...process.env, NODE_OPTIONS: "", ...rest.env },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const bell = createBell();
  const messages: unknown[] = [];
  let printed = "";
  let ended = false;
  process_.on("message", (message) => {
    messages.push(message);
    bell.ring();
  });
  process_.stderr?.on("data", (chunk: Buffer) => {
    printed += chunk;
  });
  const exit = once(process_, "exit")
    // The command cannot be run.
    .catch((error) => {
      printed += error;
    })
    .then(() => {
      ended = true;
      bell.ring();
    });

  async function until(condition: () => boolean): Promise<void> {
    let met = false;
    await bell.until(() => {
      met = condition();
      return met || ended;
    });
    if (!met) throw new Error(`The child has ended: ${printed}`);
  }

  return {
    get pid() {
      return process_.pid!;
    },
    send: (message) => {
      process_.send(message);
    },
    async message<T>(pick: (message: unknown) => T | undefined): Promise<T> {
      let picked: T | undefined;
      await until(() => {
        const at = messages.findIndex((message) => pick(message) !== undefined);
        if (at >= 0) picked = pick(messages.splice(at, 1)[0]);
        return picked !== undefined;
      });
      return picked!;
    },
    until,
    alive: () => !ended,
    printed: () => printed,
    ended: () => exit,
    async end() {
      if (!ended) process_.kill("SIGKILL");
      await exit;
    },
  };
}
