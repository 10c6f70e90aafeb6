import assert from "node:assert/strict";
import type { Call, PaymentProvider, Rejection } from "@pay/core/adapter";
import { same } from "../../same.ts";
import type { Documented } from "../fixtures/provider-fixtures.ts";
import { each } from "../fixtures/recorded-callbacks.ts";
import type { WireAnswer, WireRequest } from "../fixtures/wire.ts";
import { reply } from "../gateway/gateway.ts";
import { inTime, newCall, type Subject, withAdapter } from "../subject.ts";
import { assertOutcome } from "./assert-outcome.ts";

/** The outcome that an adapter returned, or `thrown`. */
export type Ending = { readonly kind: string; readonly retryable?: boolean };

/** One operation of the adapter, which sends a request to the gateway. */
export interface RunnableOperation {
  readonly name: "create" | "retrieve" | "refund" | "cancel";
  readonly run: (provider: PaymentProvider, call: Call) => Promise<unknown>;
}

export interface Operation extends RunnableOperation {
  readonly run: (provider: PaymentProvider, call: Call) => Promise<Ending>;
  /** The kinds of outcome that mean success. */
  readonly done: readonly string[];
  /** The documented answer, which faults damage. */
  readonly documented: WireAnswer;
  /** Documented refusals. */
  readonly refused: readonly Documented<Rejection>[];
}

/**
 * Lets the gateway give these answers one after another. `look` gets the adapter's outcome for each, or `undefined` if the adapter throws.
 */
export function answerEach(
  subject: Subject,
  { name, run }: RunnableOperation,
  answers: readonly WireAnswer[],
  look: (outcome: unknown, answer: WireAnswer) => void,
): Promise<void> {
  let answer: WireAnswer;
  return withAdapter(
    subject,
    ({ response }) => reply(response, answer),
    async (provider) => {
      for (answer of answers) {
        const outcome = await inTime(run(provider, newCall()), name).catch((error: unknown) => {
          if (error instanceof assert.AssertionError) throw error;
        });
        if (outcome !== undefined) assertOutcome(name, outcome);
        look(outcome, answer);
      }
    },
  );
}

/**
 * Lets the gateway give each documented answer, and compares the adapter's outcome with the documented meaning. `list` is the member of the
 * fixtures that has the answers.
 */
export async function readsAnswers(
  subject: Subject,
  { name, run }: RunnableOperation,
  list: string,
  answers: readonly { readonly answer: WireAnswer; readonly gives: unknown }[],
  remedy = `mend ${name}, or the fixture if the document says otherwise`,
): Promise<void> {
  const labelled = answers.map((one, at) => ({ ...one, label: `${list}[${at}]` }));
  await each(labelled, async ({ answer, gives }) => {
    await withAdapter(
      subject,
      ({ response }) => reply(response, answer),
      async (provider, { baseUrl, requests }) => {
        const meant = typeof gives === "function" ? gives(baseUrl) : gives;
        const outcome = await inTime(run(provider, newCall()), name);
        assertOutcome(name, outcome);
        same(outcome, meant, `${name} gives what \`gives\` says; ${remedy}`);
        if (name !== "retrieve") assert.equal(requests.length, 1, "one request is sent");
      },
    );
  });
}

/** The first request that the adapter sends. */
export async function sentBy(
  subject: Subject,
  run: RunnableOperation["run"],
  answer: WireAnswer,
): Promise<WireRequest> {
  return withAdapter(
    subject,
    ({ response }) => reply(response, answer),
    async (provider, { requests }) => {
      await inTime(run(provider, newCall()), "the request");
      assert.ok(requests[0], "something is sent");
      return requests[0];
    },
  );
}
