import assert from "node:assert/strict";
import type { Call, PaymentProvider, Rejection } from "@pay/core/adapter";
import { same } from "../../same.ts";
import type { Documented } from "../fixtures/provider-fixtures.ts";
import type { WireAnswer, WireRequest } from "../fixtures/wire.ts";
import { reply } from "../gateway/gateway.ts";
import { inTime, newCall, type Subject, withAdapter } from "../subject.ts";

/** What an adapter gave back, or that it threw. */
export type Ending = { readonly kind: string; readonly retryable?: boolean };

/** One thing that the gateway is asked for over the wire. */
export interface Question {
  readonly name: "create" | "retrieve" | "refund" | "cancel";
  readonly run: (provider: PaymentProvider, call: Call) => Promise<unknown>;
}

export interface Operation extends Question {
  readonly run: (provider: PaymentProvider, call: Call) => Promise<Ending>;
  /** Kinds of outcome that mean it was done. */
  readonly done: readonly string[];
  /** The answer that is damaged. */
  readonly documented: WireAnswer;
  /** The refusals of the document. */
  readonly refused: readonly Documented<Rejection>[];
}

/** Has the gateway give these answers one after another, and looks at what the adapter makes of each; `undefined` if it throws. */
export function answerEach(
  subject: Subject,
  { name, run }: Question,
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
        look(outcome, answer);
      }
    },
  );
}

/** Has the gateway give each documented answer, and compares what the adapter makes of it. */
export async function readsAnswers(
  subject: Subject,
  { name, run }: Question,
  answers: readonly { readonly answer: WireAnswer; readonly gives: unknown }[],
): Promise<void> {
  for (const { answer, gives } of answers) {
    await withAdapter(
      subject,
      ({ response }) => reply(response, answer),
      async (provider, { baseUrl, requests }) => {
        const meant = typeof gives === "function" ? gives(baseUrl) : gives;
        same(await inTime(run(provider, newCall()), name), meant, `${name}, answered ${answer.status}`);
        if (name !== "retrieve") assert.equal(requests.length, 1, "one request is sent");
      },
    );
  }
}

/** What is sent first. */
export async function sentBy(subject: Subject, run: Question["run"], answer: WireAnswer): Promise<WireRequest> {
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
