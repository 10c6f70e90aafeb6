import assert from "node:assert/strict";
import type { Rejection } from "@pay/core/adapter";
import type { Documented } from "../fixtures/provider-fixtures.ts";
import type { WireAnswer } from "../fixtures/wire.ts";
import { reply } from "../gateway/gateway.ts";
import { inTime, newCall, type Subject, withAdapter } from "../subject.ts";
import { saidIn } from "../texts/answer-fields.ts";
import { UNKEPT } from "../texts/kept-texts.ts";
import { replaceWord } from "../texts/replace-word.ts";
import { assertOutcome } from "./assert-outcome.ts";
import type { Ending, Operation } from "./operation.ts";

/** Tests undocumented refusals. If the adapter calls one retryable, Pay tries the next provider, and the buyer may pay twice. */
export function testUndocumentedRefusals(subject: Subject, { done, name, refused, run }: Operation): void {
  subject.check(`${name} never takes an undocumented refusal for one that may be tried elsewhere`, async () => {
    const statuses = plainStatuses(refused);
    const invented = refused.flatMap((one) => inventedFrom(one, statuses));
    const unkept = refused.flatMap(({ answer, gives: { providerCode } }) =>
      saidIn(answer)
        .filter(({ value }) => value === providerCode)
        .flatMap((said) => UNKEPT.map((text) => said.with(text))),
    );
    const answers = [
      ...invented,
      ...unkept.map((answer) => ({ ...answer, status: 400 })),
      ...statuses.map((status) => ({ ...COMMON_REFUSAL, status })),
    ];
    let at = 0;
    await withAdapter(
      subject,
      ({ response }) => reply(response, answers[at]!),
      async (provider) => {
        for (; at < answers.length; at++) {
          const { body, status } = answers[at]!;
          const ending = await inTime(run(provider, newCall()), name);
          assertOutcome(name, ending);
          assertSound(ending, status, done, `${name}, answered ${status} with ${body}`);
        }
      },
    );
  });
}

/** After a 5xx the gateway may have acted. Below 500, `send()` may reject for good. */
function assertSound({ kind, retryable }: Ending, status: number, done: readonly string[], what: string): void {
  assert.ok(kind !== "not_sent" && !done.includes(kind), `${what}, is not ${kind}`);
  assert.ok(kind !== "rejected" || status < 500, `${what}, is unknown, not rejected: the gateway may have acted`);
  assert.ok(retryable !== true, `${what}, is nothing to try elsewhere`);
}

/** The documented answer with undocumented codes and statuses. */
function inventedFrom({ answer, gives }: Documented<Rejection>, statuses: readonly number[]): readonly WireAnswer[] {
  const { providerCode = "" } = gives;
  const spread = (bodies: readonly string[], under: readonly number[]) =>
    bodies.flatMap((body) => under.map((status) => ({ ...answer, status, body })));
  const coded = otherCodes(providerCode)
    .map((code) => replaceWord(answer.body, providerCode, code))
    .filter((body) => body !== answer.body);
  if (coded.length === 0) return spread([otherWords(answer.body)], statuses);
  const isStatus = providerCode === String(answer.status);
  // If the status is the code, it decides alone. A 429 is retryable with any body.
  return spread(coded, isStatus || answer.status === 429 ? statuses : [answer.status, ...statuses]);
}

/** The JSON with every text replaced. Any other body becomes one undocumented word. */
function otherWords(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body, (_, value) => (typeof value === "string" ? "never_documented" : value)));
  } catch {
    return "never_documented";
  }
}

/** Codes of the same kind, so long that no document has them by chance. */
function otherCodes(code: string): readonly string[] {
  const digits = "741852963";
  if (/^\d+$/.test(code)) return [digits.slice(0, Math.max(3, code.length))];
  const alike = code.replace(/\d+/, (run) => digits.slice(0, Math.max(3, run.length)));
  return alike === code ? ["never_documented"] : ["never_documented", alike];
}

/** 500, and a 4xx that the document does not use for a retryable refusal. */
function plainStatuses(refused: readonly Documented<Rejection>[]): readonly number[] {
  const retryable = refused.filter(({ gives }) => gives.retryable).map(({ answer }) => answer.status);
  return [500, ...[422, 400, 403].filter((status) => !retryable.includes(status)).slice(0, 1)];
}

/** A refusal in words that many gateways use. */
const COMMON_REFUSAL: Omit<WireAnswer, "status"> = {
  headers: { "content-type": "application/json" },
  body: '{"status":"error","error":"never_documented","code":"741852","message":"An error occurred."}',
};
