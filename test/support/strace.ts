import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

/** A system call of a traced process. */
export interface Call {
  readonly name: string;
  /** Its file or socket. */
  readonly file: string;
  /** Its arguments and result, as strace prints them. */
  readonly text: string;
  readonly failed: boolean;
  /** True if strace made it fail. */
  readonly injected: boolean;
}

/** A call that strace replaces by a failure: the `at`th of its name, or that one and all later ones. */
export interface Fault {
  readonly call: string;
  readonly error: string;
  readonly at: number;
  readonly lasting: boolean;
}

const CALLS = "trace=pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg";

/** Why processes cannot be traced here, or `undefined`. */
export function whyNoStrace(): string | undefined {
  const { error, status, stderr } = spawnSync("strace", ["-o", "/dev/null", "true"], { encoding: "utf8" });
  if (error !== undefined) return "there is no strace on this machine; on Debian, `apt-get install strace` brings it";
  return status === 0 ? undefined : `strace may not trace here: ${stderr.trim()}`;
}

/** The command that traces the following command from its first instruction. */
export function straced(log: string, fault: Fault): readonly string[] {
  return ["strace", ...options(log, fault)];
}

export interface Trace {
  /** Stops tracing. Resolves with the calls. */
  stop(): Promise<readonly Call[]>;
}

/** Traces a running process. Resolves once it is traced. */
export async function attach(pid: number, log: string, fault?: Fault): Promise<Trace> {
  const strace: ChildProcess = spawn("strace", [...options(log, fault), "-p", String(pid)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exit = once(strace, "exit");
  let printed = "";
  strace.stderr?.on("data", (chunk: Buffer) => {
    printed += chunk;
  });
  await Promise.race([exit, once(strace.stderr!, "data")]);
  if (!printed.includes("attached")) throw new Error(`strace did not attach: ${printed}`);
  return {
    async stop() {
      strace.kill("SIGINT");
      await exit;
      return callsOf(log);
    },
  };
}

/**
 * Parses strace's output into calls, in order. A call that another thread interrupted stands where it ended. A call without a result, which
 * strace left in the middle, is dropped.
 */
export function callsOf(log: string): readonly Call[] {
  const begun = new Map<string, string>();
  const calls: Call[] = [];
  for (const line of readFileSync(log, "latin1").split("\n")) {
    const [, thread = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith("<detached ...>")) continue;
    if (rest.endsWith("<unfinished ...>")) {
      begun.set(thread, rest.slice(0, -"<unfinished ...>".length));
      continue;
    }
    const text = rest.replace(/^<\.\.\. \w+ resumed>/, () => begun.get(thread) ?? "");
    const [, name, file] = /^(\w+)\(\d+<([^>]*)>/.exec(text) ?? [];
    if (name === undefined || file === undefined) continue;
    calls.push({ name, file, text, failed: / = -1 E/.test(text), injected: text.endsWith("(INJECTED)") });
  }
  return calls;
}

function options(log: string, fault?: Fault): readonly string[] {
  const common = ["-f", "-y", "-o", log, "-e", CALLS];
  if (fault === undefined) return common;
  const { at, call, error, lasting } = fault;
  return [...common, "-e", `inject=${call}:error=${error}:when=${at}${lasting ? "+" : ""}`];
}
