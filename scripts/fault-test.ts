// Lets every single write and sync of a process that serves callbacks fail, one per run, and checks the
// callbacks: none is acknowledged before it is durable, none is lost, no process dies. `--most N` stops each campaign after N runs.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CallbackServer,
  type CallbackServerOptions,
  type OpenedPayment,
  startCallbackServer,
} from "../test/support/callback-server.ts";
import { openDatabase } from "../test/support/database.ts";
import { isAcknowledgement, orderViolations } from "../test/support/durable-order.ts";
import { attach, callsOf, type Fault, straced, whyNoStrace } from "../test/support/strace.ts";
import { flagsOf } from "./flags.ts";

type Kind = Omit<Fault, "at">;
const ONCE: readonly Kind[] = ["pwrite64", "fdatasync", "fsync"].flatMap((call) =>
  ["EIO", "ENOSPC"].map((error) => ({ call, error, lasting: false })),
);
/** The same faults, and a disk that keeps failing for the whole run. */
const ALL: readonly Kind[] = ONCE.flatMap((kind) => [kind, { ...kind, lasting: true }]);
/** Callbacks sent at the same time while something fails. */
const CALLBACKS = 3;
/** Runs without a fault after which no call is left to fail. Several, since the number of writes varies. */
const RUNS_WITHOUT_FAULT = 5;
/** Pages in the log after which SQLite makes a checkpoint: few, so that every run has some. */
const CHECKPOINT_PAGES = 8;
/** Time between two lines of progress. */
const PROGRESS_INTERVAL_MS = 5000;

const most = Number(flagsOf("fault-test [--most N, default 1000]", { most: "1000" }, ["most"]).most);
const reason = whyNoStrace();
if (reason !== undefined) {
  console.error(`The fault test needs strace: ${reason}.`);
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), "pay-fault-test-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const totals = { runs: 0, refused: 0, violations: 0 };
let toldAt = performance.now();

// Once with checkpoints and once without, since a checkpoint syncs the log too.
await traceOrder("order with checkpoints", { checkpointEvery: CHECKPOINT_PAGES });
await traceOrder("order without checkpoints", {});
for (const kind of ALL) await failServing(kind);
for (const kind of ONCE) await failStarting(kind);
console.log(
  `${totals.runs} runs with a fault, ${totals.refused} callbacks to be sent again, ${totals.violations} violations`,
);
process.exitCode = totals.violations > 0 ? 1 : 0;

/** Without faults: checks the order of the calls. */
async function traceOrder(name: string, options: CallbackServerOptions): Promise<void> {
  const { path, log } = names(name);
  const server = await startCallbackServer(path, options);
  const payments = await open(server, 40);
  const trace = await attach(server.child.pid, log);
  for (const payment of payments.slice(0, 20)) await server.notify(payment);
  await Promise.all(payments.slice(20).map(server.notify));
  const calls = await trace.stop();
  const acknowledged = calls.filter(isAcknowledgement).length;
  const violations = orderViolations(path, calls);
  for (const violation of violations) report(name, violation);
  if (acknowledged !== payments.length) report(name, `${acknowledged} of 40 acknowledgements were seen`);
  console.log(`${name}: ${acknowledged} acknowledgements in ${calls.length} calls, ${violations.length} too early`);
  await server.close();
}

/** One process, and one fault at a time: the first write during callbacks fails, then the second, and so on. */
async function failServing(kind: Kind): Promise<void> {
  const name = `serving, ${kind.call} ${kind.error}${kind.lasting ? " from there on" : ""}`;
  const { path, log } = names(name);
  let server = await startServing(path);
  const run = async (at: number) => {
    const payments = await open(server, CALLBACKS);
    const trace = await attach(server.child.pid, log, { ...kind, at });
    const answers = await Promise.all(payments.map((payment) => server.notify(payment).catch(() => undefined)));
    const calls = await trace.stop();
    const complain = (violation: string) => report(`${name} ${at}`, violation);
    for (const violation of orderViolations(path, calls)) complain(violation);
    checkAnswers(path, payments, answers, complain);
    if (!server.child.alive()) {
      complain(`the process died: ${server.child.printed()}`);
      server = await startServing(path);
    }
    for (const payment of payments) {
      const again = await server.notify(payment);
      if (again !== 200) complain(`the redelivery was answered ${again}`);
      checkOnce(server, payment, complain);
    }
    return calls.some(({ injected }) => injected);
  };
  await campaign(name, run);
  const [check] = server.database.column("PRAGMA integrity_check");
  if (check !== "ok") report(name, `integrity_check: ${check}`);
  await server.close();
}

/** A new file per run, and the process traced from its start. It must start, or report why not and start the next time. */
async function failStarting(kind: Kind): Promise<void> {
  const name = `starting, ${kind.call} ${kind.error}`;
  await campaign(name, async (at) => {
    const { path, log } = names(`${name} ${at}`);
    const complain = (violation: string) => report(`${name} ${at}`, violation);
    try {
      const traced = await startCallbackServer(path, { before: straced(log, { ...kind, at }) });
      await traced.close();
    } catch (refusal) {
      const { code, message } = refusal as { code?: string; message: string };
      if (code !== "STORE_UNAVAILABLE") complain(`the start failed with ${code}: ${message}`);
    }
    const server = await startCallbackServer(path);
    const [payment] = await open(server, 1);
    const status = await server.notify(payment!);
    if (status !== 200) complain(`after the next start a callback was answered ${status}`);
    checkOnce(server, payment!, complain);
    await server.close();
    return callsOf(log).some(({ injected }) => injected);
  });
}

/** Runs for the first call, the second and so on, until no call is left to fail. */
async function campaign(name: string, run: (at: number) => Promise<boolean>): Promise<void> {
  let hits = 0;
  for (let at = 1, misses = 0; misses < RUNS_WITHOUT_FAULT && at <= most; at++) {
    const hit = await run(at);
    misses = hit ? 0 : misses + 1;
    if (hit) hits++;
    if (performance.now() - toldAt < PROGRESS_INTERVAL_MS) continue;
    toldAt = performance.now();
    console.log(`${name}: at ${at}, ${hits} hit`);
  }
  totals.runs += hits;
  console.log(`${name}: ${hits === 0 ? "SQLite makes no such call here" : `${hits} of them failed in turn`}`);
}

/** Checks the file and its log without the process's memory: every acknowledged callback must be there, and no other. */
function checkAnswers(
  path: string,
  payments: readonly OpenedPayment[],
  answers: readonly (number | undefined)[],
  complain: (violation: string) => void,
): void {
  const copy = join(folder, "recovered.db");
  for (const suffix of ["", "-wal", "-shm"]) rmSync(copy + suffix, { force: true });
  for (const suffix of ["", "-wal"]) cpSync(path + suffix, copy + suffix);
  const recovered = openDatabase(copy);
  const live = openDatabase(path);
  for (const [at, { id }] of payments.entries()) {
    const answer = answers[at];
    if (answer !== 200 && answer !== 503) complain(`a callback was answered ${answer}`);
    if (answer !== 200) totals.refused++;
    if (answer === 200 && recovered.story(id).state !== "succeeded")
      complain("an acknowledged callback is not in the file");
    const { state, inbox, events, orderPaidBy } = live.story(id);
    const parts = [state === "succeeded", inbox > 0, events.length > 0, orderPaidBy === id];
    if (new Set(parts).size > 1) complain(`a callback is stored in part: ${parts}`);
  }
}

function checkOnce({ database }: CallbackServer, { id }: OpenedPayment, complain: (violation: string) => void): void {
  const { state, states, inbox, events, reviews } = database.story(id);
  const found = [state, states.join(), inbox, events.join(), reviews.join()].join(" ");
  const wanted = "succeeded created,pending,succeeded 1 payment.succeeded ";
  if (found !== wanted) complain(`it was not applied once: ${found}`);
}

function startServing(path: string): Promise<CallbackServer> {
  return startCallbackServer(path, { checkpointEvery: CHECKPOINT_PAGES });
}

async function open(server: CallbackServer, count: number): Promise<readonly OpenedPayment[]> {
  const payments: OpenedPayment[] = [];
  while (payments.length < count) payments.push(await server.checkout());
  return payments;
}

function names(of: string): { readonly path: string; readonly log: string } {
  const name = of.replaceAll(/[^a-zA-Z0-9]+/g, "-");
  return { path: join(folder, `${name}.db`), log: join(folder, `${name}.strace`) };
}

function report(where: string, violation: string): void {
  totals.violations++;
  console.error(`VIOLATION ${where}: ${violation}`);
}
