import assert from "node:assert/strict";
import type { Rejection } from "@pay/core/adapter";
import type { Ending, Operation } from "./asking.ts";
import type { Documented, WireAnswer } from "./fixtures.ts";
import { reply } from "./gateway.ts";
import { inTime, newCall, type Subject, withAdapter } from "./subject.ts";
import { replaceWord } from "./words.ts";

/** Refusals that nobody documented: whoever takes one for "try elsewhere" sells twice what the gateway may yet collect. */
export function undocumentedRefusals(subject: Subject, { done, name, refused, run }: Operation): void {
  subject.check(
    `${name} never takes a refusal that nobody documented for one that may be tried elsewhere`,
    async () => {
      const answers = [...refused.flatMap(inventedFrom), ...ANYBODYS];
      let at = 0;
      await withAdapter(
        subject,
        ({ response }) => reply(response, answers[at]!),
        async (provider) => {
          for (; at < answers.length; at++) {
            const { body, status } = answers[at]!;
            const ending = await inTime(run(provider, newCall()), name);
            assertSound(ending, status, done, `${name}, answered ${status} with ${body}`);
          }
        },
      );
    },
  );
}

/** At 5xx anything may have happened. Below, `send()` may say no for good. */
function assertSound({ kind, retryable }: Ending, status: number, done: readonly string[], what: string): void {
  assert.ok(kind !== "not_sent" && !done.includes(kind), `${what}, is not ${kind}`);
  assert.ok(kind !== "rejected" || status < 500, `${what}, is unknown, not rejected: nobody knows what happened`);
  assert.ok(retryable !== true, `${what}, is nothing to try elsewhere`);
}

/** The documented answer with codes, and under statuses, that are none of the document's. */
function inventedFrom({ answer, gives: { providerCode = "" } }: Documented<Rejection>): readonly WireAnswer[] {
  // A status that is the code says all there is, and 429 is to be tried again whatever comes with it.
  const isStatus = providerCode === String(answer.status);
  const statuses = [...(isStatus || answer.status === 429 ? [] : [answer.status]), 500, 422];
  const bodies = otherCodes(providerCode).map((code) => replaceWord(answer.body, providerCode, code));
  const invented = bodies.filter((body) => body !== answer.body);
  // Where the code is not in the body, the status is the code, or a text is: that one cannot be told from the document's.
  const all = invented.length > 0 ? invented : isStatus ? [answer.body] : [];
  return all.flatMap((body) => statuses.map((status) => ({ ...answer, status, body })));
}

/** Long enough that no document has them by chance, of the same kind, so that they can be read as codes. */
function otherCodes(code: string): readonly string[] {
  const digits = "741852963";
  if (/^\d+$/.test(code)) return [digits.slice(0, Math.max(3, code.length))];
  const alike = code.replace(/\d+/, (run) => digits.slice(0, Math.max(3, run.length)));
  return alike === code ? ["never_documented"] : ["never_documented", alike];
}

/** As gateways in general put it. */
const ANYBODYS: readonly WireAnswer[] = [500, 503, 422].map((status) => ({
  status,
  headers: { "content-type": "application/json" },
  body: '{"status":"error","error":"never_documented","code":"741852","message":"An error occurred."}',
}));
