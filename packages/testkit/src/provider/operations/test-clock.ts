import assert from "node:assert/strict";
import { each } from "../fixtures/recorded-callbacks.ts";
import type { WireRequest } from "../fixtures/wire.ts";
import { atSystemTime } from "../gateway/system-clock.ts";
import { assertSourcesLack } from "../manifest/sources.ts";
import { newCall, type Subject } from "../subject.ts";
import { said } from "../texts/request-texts.ts";
import { formsOf, performEach } from "./every-operation.ts";

const CALL_TIME = Date.UTC(2031, 3, 6, 7, 8, 9);
/** What reads the system's clock. An adapter that keeps such a function when it is loaded has the real one, whatever a test moves. */
const SYSTEM_CLOCK =
  /\bDate\.now\b|\bnew Date\b(?!\s*\(\s*[^\s)])|(?<!\bnew\s+)\bDate\(|\bperformance\.(?:now|timeOrigin)\b|\bhrtime\b/;
/** A year that no fixture has. */
const SYSTEM_TIME = Date.UTC(2094, 1, 3, 4, 5, 6);

/** Tests that the adapter takes the time from its call: the shop's tests move that clock, and the system's may be wrong. */
export function testClock(subject: Subject): void {
  subject.check("takes the time from its call, not from the system", async () => {
    assertSourcesLack(
      subject.fixtures.sources,
      SYSTEM_CLOCK,
      (found) => `reads the system's clock, ${found}; use call.now()`,
    );
    const call = () => newCall(undefined, () => CALL_TIME);
    const performed = await atSystemTime(SYSTEM_TIME, async () => [
      ...(await performEach(subject, call)),
      ...(await formsOf(subject, call)),
    ]);
    await each(performed, ({ outcome, requests }) => {
      for (const request of requests) {
        assert.ok(!textsOf(request).some(saysSystemTime), "a request says the system's time; use call.now()");
      }
      assert.ok(!saysSystemTime(JSON.stringify(outcome) ?? ""), "the outcome says the system's time; use call.now()");
    });
  });
}

/** What a request says, as it is and decoded from Base64. */
function textsOf(request: WireRequest): readonly string[] {
  const text = said(request);
  const hidden = [...text.matchAll(/[\w+/-]{20,}/g)].map(([run]) => Buffer.from(run, "base64").toString("latin1"));
  return [text, ...hidden];
}

/** True if a text has a time within about two years of the system's: with its year, in seconds or in milliseconds. */
function saysSystemTime(text: string): boolean {
  const [from, to] = [Date.UTC(2093), Date.UTC(2096)];
  const numbers = [...text.matchAll(/(?<![\w.])(?:\d{10}|\d{13})(?!\w)/g)].map(([digits]) => Number(digits));
  const isNear = numbers.map((one) => (one < 1e11 ? one * 1000 : one)).some((time) => time >= from && time < to);
  return isNear || /(?<!\w)209[345](?:-\d\d|\d{4}|(?= \d\d:))/.test(text);
}
