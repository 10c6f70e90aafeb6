import assert from "node:assert/strict";
import type { ParsedCallback } from "@pay/core/adapter";
import { same } from "../../same.ts";
import { literal, repeat, write } from "../fixtures/places.ts";
import { claimOf, each, proved, recordedOf, withPlace } from "../fixtures/recorded-callbacks.ts";
import { carriesNoProof, hasOwnAddresses, type Subject } from "../subject.ts";
import { assertRefused, deliver } from "./deliver.ts";
import { refuses } from "./refuses.ts";
import { testBackdoors } from "./test-backdoors.ts";
import { testProofs } from "./test-proofs.ts";

/** Tests that the adapter believes only the gateway. */
export function testForged(subject: Subject): void {
  const { proof } = subject.fixtures.callbacks;
  if (proof !== undefined) testProofs(subject, proof);
  if (hasOwnAddresses(subject.provider)) forgingAddresses(subject);
  if (carriesNoProof(subject.provider)) withoutProof(subject);
  testBackdoors(subject);
  polluting(subject);
  const methods = new Set(recordedOf(subject).map(({ callback }) => callback.method));
  const others = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].filter((method) => !methods.has(method));
  refuses(subject, "by HEAD, or by any method that is not the gateway's", (callback) =>
    others.map((method) => ({ ...callback, method })),
  );
}

function forgingAddresses(subject: Subject): void {
  const { check, provider } = subject;
  check("refuses each callback outside a payment's own address in the same way", async () => {
    const answers: ParsedCallback[] = [];
    await each(recordedOf(subject), async ({ callback }) => {
      const { paymentId, ...stray } = callback;
      const named = { query: `paymentId=${paymentId}`, headers: { ...stray.headers, "x-payment-id": paymentId ?? "" } };
      for (const one of [
        stray,
        { ...stray, ...named },
        { ...stray, body: Buffer.alloc(0) },
        { ...stray, query: "a=1&a=2" },
      ]) {
        answers.push(await deliver(provider, one));
      }
    });
    for (const answer of answers) {
      assertRefused(answer, "that came to no payment's own address");
      assert.ok(answer.kind === "refused" && answer.reason === "unauthenticated", "it is not authenticated");
      same(answer, answers[0], "nothing about it shows");
    }
  });
}

/** Tests callbacks without proof. Any sender can send one, so it may lead only to a status check. */
function withoutProof(subject: Subject): void {
  const { check, provider } = subject;
  check("believes nothing of a callback without proof: gives check_status, or refuses", async () => {
    await each(recordedOf(subject), async ({ callback }) => {
      for (const [name, value] of CLAIMS) {
        for (const at of [{ in: "query", name } as const, { in: "form", name } as const]) {
          const parsed = await deliver(provider, write(callback, at, value));
          assert.equal(claimOf(parsed), undefined, "it claims nothing");
        }
      }
    });
  });
}

const CLAIMS = ["status", "state", "result", "paid", "success", "type", "event", "kind"].flatMap((name) =>
  ["OK", "paid", "true", "success", "succeeded", "refund", "1"].map((value) => [name, value] as const),
);

/** Tests two values under one name: code that reads the first and code that reads the last would disagree. */
function polluting(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const places = Object.values(fixtures.callbacks.places).filter((place) => place.in !== "header");
  const polluted = places.flatMap((place) =>
    withPlace(subject, place).flatMap(({ callback, text }) =>
      [literal(place, "x"), text].flatMap((other) => repeat(callback, place, other)),
    ),
  );
  if (polluted.length === 0) return;
  check("refuses a callback in which something that it reads stands twice", async () => {
    for (const callback of polluted) {
      // `proved` would write the JSON anew, with each key once.
      const signed = fixtures.callbacks.proof?.at.in === "json" ? callback : proved(subject, callback);
      if (signed !== undefined) assertRefused(await deliver(provider, signed), "with two values of one name");
    }
  });
}
