import assert from "node:assert/strict";
import type { Documented } from "../fixtures/provider-fixtures.ts";
import type { WireAnswer } from "../fixtures/wire.ts";
import type { Subject } from "../subject.ts";
import { type Said, saidIn } from "../texts/answer-fields.ts";
import { FAILED, UNFINISHED, variantsOf } from "../texts/status-variants.ts";
import { answerEach, type Ending, type Operation } from "./operation.ts";

type Done = Documented<{ readonly kind: string }>;

/**
 * Tests that the adapter takes a refund or a cancel for done only if the answer has a documented word for it. Other words may mean that it
 * is pending or refused.
 */
export function testDone(subject: Subject, operation: Operation, done: readonly Done[]): void {
  const words = done.flatMap(({ answer }) => statusesIn(answer).map(({ value }) => value));
  const answers = done.flatMap(({ answer }) =>
    statusesIn(answer).flatMap((said) => othersThan(said.value, words).map((other) => said.with(other))),
  );
  if (answers.length === 0) return;
  subject.check(`${operation.name} is done only where the answer says so in the document's own words`, () =>
    answerEach(subject, operation, answers, (outcome, { body }) => {
      const { kind } = outcome as Ending;
      assert.ok(kind !== "succeeded" && kind !== "canceled", `${body} is not documented, so it is not ${kind}`);
    }),
  );
  const failed = done.flatMap(({ answer }) =>
    statusesIn(answer).flatMap((said) =>
      typeof said.value === "string"
        ? FAILED.filter((word) => !words.includes(word)).map((word) => said.with(word))
        : [],
    ),
  );
  if (failed.length === 0) return;
  subject.check(`${operation.name} is neither done nor pending where the answer says error, failed or refused`, () =>
    answerEach(subject, operation, failed, (outcome, { body }) => {
      const { kind } = outcome as Ending;
      assert.ok(
        !operation.done.includes(kind),
        `${body} is no ${operation.name} that is ${kind}; read the word that says so`,
      );
    }),
  );
}

/**
 * Tests that a create is not accepted by an answer that says the opposite. Other words are left to the adapter: the status of a payment
 * that begins has many.
 */
export function testRefusingWords(subject: Subject, operation: Operation, accepted: readonly Answered[]): void {
  const answers = accepted.flatMap(({ answer }) => {
    const stated = statusesIn(answer).filter(({ value }) => typeof value !== "number");
    // All of them, since some answers also state how far the buyer is, which decides nothing yet.
    const say = (word: string) =>
      stated.reduce((so, { at, value }) => saidIn(so)[at]!.with(typeof value === "boolean" ? !value : word), answer);
    return stated.length > 0 ? FAILED.map(say) : [];
  });
  if (answers.length === 0) return;
  subject.check(`${operation.name} is accepted by no answer that says error, failed or refused`, () =>
    answerEach(subject, operation, answers, (outcome, { body }) => {
      const { kind } = outcome as Ending;
      assert.notEqual(kind, "accepted", `${body} is no accepted payment; read the word that says so`);
    }),
  );
}

interface Answered {
  readonly answer: WireAnswer;
}

/** The fields of an answer that state a result, without a repetition of the HTTP status. */
function statusesIn(answer: WireAnswer): readonly Said[] {
  return saidIn(answer).filter(
    ({ name, value }) => wordsOf(name).some((word) => NAMES.has(word)) && value !== null && value !== answer.status,
  );
}

const NAMES: ReadonlySet<string> = new Set(["status", "state", "result", "outcome"]);

/** Splits a name into words: `refundStatus` and `refund_status` have the word `status`, but `statement` is not the word `state`. */
function wordsOf(name: string): readonly string[] {
  return name.split(/(?<=[a-z])(?=[A-Z])|[^A-Za-z]/).map((word) => word.toLowerCase());
}

function othersThan(value: unknown, documented: readonly unknown[]): readonly unknown[] {
  const all =
    typeof value === "string"
      ? [...UNFINISHED, ...variantsOf(value)]
      : [typeof value === "boolean" ? !value : 741_852, String(value), "never_documented"];
  return all.filter((other) => !documented.includes(other));
}
