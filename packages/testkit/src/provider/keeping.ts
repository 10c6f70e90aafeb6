import assert from "node:assert/strict";
import {
  type CreateOutcome,
  type ParsedCallback,
  parseProviderReference,
  type Retrieved,
  storable,
} from "@pay/core/adapter";
import { pathsIn, saidIn } from "./answers.ts";
import { answerEach, type Question } from "./asking.ts";
import { deliver } from "./delivering.ts";
import type { WireAnswer } from "./fixtures.ts";
import { canStand } from "./fuzzing.ts";
import { type Callback, literal, type Place } from "./places.ts";
import { authentic, recordedOf } from "./recorded.ts";
import type { Subject } from "./subject.ts";

/** Texts that a store refuses, or that change a terminal; the last is cut in the middle of a character by whoever only cuts. */
const UNKEPT: readonly string[] = [
  "a\u0000b",
  "a\u001b[31mb",
  "a\r\nb",
  "x".repeat(201),
  `${"x".repeat(199)}\u{1f600}`,
];
/** No times, to whoever reads them as such. */
const UNTIMELY: readonly unknown[] = [
  "never",
  "",
  "0",
  "-1",
  "1e400",
  "+275760-09-13T00:00:00.001Z",
  -1,
  0.5,
  1e300,
  null,
  true,
];

/** What callbacks give to be kept, whatever stands in them. */
export function keepingCallbacks(subject: Subject): void {
  subject.check("gives no text to be kept that no store or page could, whatever a callback says", async () => {
    for (const { callback } of recordedOf(subject)) {
      for (const place of placesIn(callback)) {
        for (const text of UNKEPT.filter((one) => canStand(place, one))) {
          const changed = authentic(subject, callback, place, literal(place, text));
          if (changed === undefined) continue;
          assertKept(await deliver(subject.provider, changed));
        }
      }
    }
  });
}

/** Wherever something stands, told or not, in its query and its body. */
function placesIn({ body, query }: Callback): readonly Place[] {
  const params = [...new URLSearchParams(query).keys()].map((name): Place => ({ in: "query", name }));
  const text = body.toString();
  if (text === "") return params;
  try {
    const paths = pathsIn(JSON.parse(text)).map(({ path }) => path);
    return [...params, ...paths.map((path): Place => ({ in: "json", name: path.join(".") }))];
  } catch {
    return [...params, ...[...new URLSearchParams(text).keys()].map((name): Place => ({ in: "form", name }))];
  }
}

function assertKept(heard: ParsedCallback): void {
  if (heard.kind === "refused" || heard.kind === "ignored") return;
  assertName(heard.providerReference);
  if (heard.kind === "notification") assertText(heard.reported.providerStatus);
  if (heard.kind === "refund") assertText(heard.refund.providerStatus);
  for (const text of Object.values(heard.details ?? {})) assertText(text);
}

/** The texts themselves might be personal, so no message repeats them. */
function assertText(text: string | undefined): void {
  assert.ok(text === undefined || text === storable(text), "raw and details are storable: one line of 200 characters");
}

function assertName(providerReference: string | undefined): void {
  assert.ok(
    providerReference === undefined || parseProviderReference(providerReference) !== undefined,
    "a name is one line of 1 to 200 characters",
  );
}

/** What answers to a create give to be kept, whatever stands in them. */
export function keepingCreated(subject: Subject, question: Question, accepted: readonly WireAnswer[]): void {
  subject.check("create gives names and times that can be kept, whatever the answer says", async () => {
    const answers = accepted.flatMap((answer) =>
      saidIn(answer).flatMap((said) => [...UNKEPT, ...UNTIMELY].map((other) => said.with(other))),
    );
    await answerEach(subject, question, answers, (outcome) => {
      const created = outcome as CreateOutcome;
      if (created.kind !== "accepted") return;
      assertName(created.providerReference);
      assertTime(created.expiresAt);
    });
  });
}

/** Unix milliseconds that a date can be made of. */
export function assertTime(time: number | undefined): void {
  if (time === undefined) return;
  const isTime = Number.isSafeInteger(time) && time > Date.UTC(2001) && time <= Date.UTC(9999, 11, 31);
  assert.ok(isTime, `expiresAt is in Unix milliseconds, not ${time}`);
}

/** What answers to a question give to be kept, whatever stands in them. */
export function keepingRetrieved(subject: Subject, question: Question, documented: readonly WireAnswer[]): void {
  subject.check("retrieve gives no text to be kept that no store or page could, whatever the answer says", async () => {
    const answers = documented.flatMap((answer) =>
      saidIn(answer).flatMap((said) => UNKEPT.map((text) => said.with(text))),
    );
    await answerEach(subject, question, answers, (outcome) => {
      const { providerStatus, providerReference } = (outcome ?? {}) as Partial<Retrieved>;
      assertText(providerStatus);
      assertName(providerReference);
    });
  });
}
