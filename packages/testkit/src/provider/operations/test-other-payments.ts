import assert from "node:assert/strict";
import type { Money } from "@pay/core/adapter";
import type { WireAnswer } from "../fixtures/wire.ts";
import { amountLike, amountsIn } from "../gateway/echo.ts";
import type { Subject } from "../subject.ts";
import { oneChanged } from "../texts/almost-equal.ts";
import { saidIn } from "../texts/answer-fields.ts";
import { replaceWord } from "../texts/replace-word.ts";
import { answerEach, type RunnableOperation } from "./operation.ts";

interface Asked {
  /** The names of the payment, or of its refund, that were sent. */
  readonly names: readonly (string | undefined)[];
  /** The amount that was asked for, if the answer has to repeat it. */
  readonly amount?: Money;
}

/**
 * Tests answers about something else than what was asked: a proxy or a gateway that mixes up two requests would have the shop deliver an
 * order that was not paid. The payment that was asked about is then `unknown`.
 */
export function testOtherPayments(
  subject: Subject,
  operation: RunnableOperation,
  documented: readonly WireAnswer[],
  asked: Asked,
): void {
  const answers = documented.flatMap((answer) => [
    ...aboutAnother(answer, asked.names),
    ...(asked.amount === undefined ? [] : ofAnotherAmount(subject, answer, asked.amount)),
  ]);
  if (answers.length === 0) return;
  const { name } = operation;
  subject.check(`${name} believes no answer about another payment, refund or amount`, () =>
    answerEach(subject, operation, answers, (outcome, { body }) => {
      const { kind, status } = (outcome ?? {}) as { readonly kind?: string; readonly status?: string };
      const ending = outcome === undefined ? "thrown" : (kind ?? status ?? "");
      const sound = name === "retrieve" ? ["thrown", "unrecognized"] : ["unknown"];
      assert.ok(
        sound.includes(ending),
        `${body} is about something else than was asked, so it is ${sound.join(" or ")}, not ${ending}; compare its names and its amount in \`read\``,
      );
    }),
  );
}

/** The answer with other names in place of all that were sent, changed at their end or longer. */
function aboutAnother(answer: WireAnswer, names: Asked["names"]): readonly WireAnswer[] {
  const known = names.filter((name) => name !== undefined);
  const changes = [(name: string) => oneChanged(name).at(-1) ?? "", (name: string) => `${name}0`];
  const bodies = changes.map((change) => known.reduce((so, name) => replaceWord(so, name, change(name)), answer.body));
  return bodies.filter((body) => body !== answer.body).map((body) => ({ ...answer, body }));
}

function ofAnotherAmount({ fixtures }: Subject, answer: WireAnswer, asked: Money): readonly WireAnswer[] {
  const other = { ...asked, value: asked.value + 1 };
  const stated = amountsIn(fixtures, answer, asked);
  const currencies = saidIn(answer).filter(({ value }) => stated.length > 0 && value === asked.currency);
  const foreign = asked.currency === "PLN" ? "EUR" : "PLN";
  return [
    ...stated.map((said) => said.with(amountLike(fixtures, said, other))),
    ...currencies.map((said) => said.with(foreign)),
  ];
}
