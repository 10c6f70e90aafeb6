import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createBell } from "./bell.ts";

const ROOT = join(import.meta.dirname, "../..");

/** A process of the tests that runs a TypeScript file and talks in messages. */
export interface Child {
  readonly pid: number;
  send(message: object | string): void;
  /** The first message not yet taken for which this gives something. Rejects when the process ends without it. */
  message<T>(pick: (message: unknown) => T | undefined): Promise<T>;
  /** Resolves once the condition holds, which is looked at now and at every message. Rejects when the process ends before. */
  until(condition: () => boolean): Promise<void>;
  /** Whether it has not ended. */
  alive(): boolean;
  /** What it printed to standard error. */
  printed(): string;
  /** Resolves once it has ended. */
  ended(): Promise<void>;
  /** Ends it if it runs, and waits until it has. */
  end(): Promise<void>;
}

/** Starts `file` with the sources of this repository. `before` goes before the command, e.g. `["strace", "-f"]`. */
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
    // What jest was given is not for the child.
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
    // A command that cannot be run.
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
